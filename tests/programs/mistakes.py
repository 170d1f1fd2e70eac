"""One thing broken in the shipped pack, in every way its readers must notice."""

ANY = "    opens: start+0d 08:00\n"
FIRST_LESSON = (
    "      - key: two-jobs-one-calendar\n        title: Two jobs, one calendar\n"
    "        kind: read\n        minutes: 12\n"
)
BASELINE = "  - {key: baseline, title: Baseline self-rating, kind: self, opens: start-7d 08:00, closes: start-3d 17:00}"
WELCOME = '  - {key: welcome, about: cohort.start, offset: +0d, at: "08:00", to: participant, class: critical}'

MISTAKES = {
    # name: (what stands there, what is written instead, code, path, a piece of the line the error is on)
    "format of tomorrow": (
        "format: cohort-program/1", "format: cohort-program/2", "unknown-format", "format", "cohort-program/2"),
    "no format": ("format: cohort-program/1\n", "", "missing-field", "format", "# Emerging Leaders: a program pack"),
    "bad program key": (
        "key: emerging-leaders\n", "key: Emerging_Leaders\n", "bad-key", "key", "key: Emerging_Leaders"),
    "language in words": ("language: en", "language: English!", "bad-language", "language", "language: English!"),
    "length as a word": ("length_days: 180", "length_days: half a year", "wrong-type", "length_days", "half a year"),
    "length with a point": ("length_days: 180", "length_days: 180.0", "wrong-type", "length_days", "180.0"),
    "length too long": ("length_days: 180", "length_days: 7300", "out-of-range", "length_days", "length_days: 7300"),
    "length left empty": ("length_days: 180", "length_days:", "empty", "length_days", "length_days:"),
    "misspelt section": ("\nkpis:\n", "\nkpi:\n", "unknown-field", "kpi", "kpi:"),
    "misspelt list of modules": ("\nmodules:\n", "\nmodule:\n", "unknown-field", "module", "module:\n"),
    "misspelt list of competencies": (
        "\ncompetencies:\n", "\ncompetences:\n", "unknown-field", "competences", "competences:"),
    "extra field": (
        "language: en\n", "language: en\nauthor: Ann\n", "unknown-field", "author", "author: Ann"),
    "field written twice": (
        "language: en\n", "language: en\nlanguage: de\n", "duplicate-field", "language", "language: de"),
    "field written in place of another": (
        "    closes: start+20d 17:00\n", "    opens: start+20d 17:00\n", "duplicate-field", "modules[0].opens",
        "opens: start+20d 17:00"),
    "lost dash": (
        "      - key: how-this-program-works\n", "        key: how-this-program-works\n", "duplicate-field",
        "modules[0].lessons[2].key", "key: how-this-program-works"),
    "bad competency key": (
        "  - key: strategic-thinking\n", "  - key: Strategic Thinking\n", "bad-key", "competencies[1].key",
        "- key: Strategic Thinking"),
    "competency key of another": (
        "  - key: strategic-thinking\n", "  - key: emotional-intelligence\n", "duplicate-key", "competencies[1].key",
        "  - key: emotional-intelligence\n    title: Strategic"),
    "competency that is used renamed": (
        "  - key: strategic-thinking\n", "  - key: thinking-ahead\n", "unknown-competency", "modules[1].competency",
        "competency: strategic-thinking\n    summary: |\n      Good intentions"),
    "unknown competency": (
        "    competency: learning-agility\n", "    competency: courage\n", "unknown-competency",
        "modules[6].competency", "competency: courage"),
    "three levels": (
        '      - "Solid: asks for feedback every month, tries something, and reports what happened."\n', "",
        "level-count", "competencies[5].levels", '    levels:\n      - "Not yet: steers away'),
    "level that is a number": (
        '"Solid: asks for feedback every month, tries something, and reports what happened."', "3",
        "wrong-type", "competencies[5].levels[2]", "      - 3\n"),
    "empty title": ("title: Emotional intelligence\n", 'title: ""\n', "empty", "competencies[0].title", 'title: ""'),
    "title left out": (
        "    title: Emotional intelligence\n", "", "missing-field", "competencies[0].title",
        "  - key: emotional-intelligence"),
    "title under another name": (
        "title: Emotional intelligence\n", "name: Emotional intelligence\n", "unknown-field", "competencies[0].name",
        "name: Emotional intelligence"),
    "title that is a number": (
        "title: Emotional intelligence\n", "title: 42\n", "wrong-type", "competencies[0].title", "title: 42"),
    "title over two lines": (
        "title: Emotional intelligence\n", 'title: "Emotional\\nintelligence"\n', "line-break",
        "competencies[0].title", 'title: "Emotional\\nintelligence"'),
    "escaped control character": (
        "title: Emotional intelligence\n", 'title: "Emotional\\x07"\n', "control-character", "competencies[0].title",
        'title: "Emotional\\x07"'),
    "title too long": (
        "title: Emotional intelligence\n", f"title: {'e' * 201}\n", "too-long", "competencies[0].title", "eeee" * 50),
    "module key written badly": (
        "  - key: starting-line\n", "  - key: Starting line\n", "bad-key", "modules[0].key", "- key: Starting line"),
    "module key left out": (
        "  - key: starting-line\n    title:", "  - title:", "missing-field", "modules[0].key", "- title: From running"),
    "module key of another": (
        "  - key: aim\n", "  - key: starting-line\n", "duplicate-key", "modules[1].key",
        "  - key: starting-line\n    title: \"Aim"),
    "lesson key of another module": (
        "      - key: priority-to-monday\n", "      - key: two-jobs-one-calendar\n", "duplicate-key",
        "modules[1].lessons[0].key", "- key: two-jobs-one-calendar\n        title: From"),
    "workshop key of another module": (
        "      key: goals-clinic\n", "      key: kickoff\n", "duplicate-key", "modules[1].workshop.key",
        "key: kickoff\n      title: Goals"),
    "workshop key written badly": (
        "      key: kickoff\n", "      key: Kick-off\n", "bad-key", "modules[0].workshop.key", "key: Kick-off"),
    "workshop key left out": (
        "      key: kickoff\n", "", "missing-field", "modules[0].workshop.key",
        "    workshop:\n      title: Kickoff"),
    "workshop key changed": (
        "      key: kickoff\n", "      key: first-meeting\n", "unknown-anchor", "modules[0].workshop.prework_due",
        "prework_due: workshop:kickoff-1d"),
    "workshop under a wrong name": (
        "    workshop:\n      key: kickoff\n", "    workshp:\n      key: kickoff\n", "unknown-field",
        "modules[0].workshp", "workshp:"),
    "workshop under a strange name": (
        "    workshop:\n      key: kickoff\n", "    atelier:\n      key: kickoff\n", "unknown-field",
        "modules[0].atelier", "atelier:"),
    "workshop without its date": (
        "      at: start+2d 10:00\n", "", "missing-field", "modules[0].workshop.at",
        "    workshop:\n      key: kickoff"),
    "workshop with a bad date": (
        "at: start+2d 10:00", "at: start+2 10:00", "bad-expression", "modules[0].workshop.at", "at: start+2 10:00"),
    "unknown workshop": (
        "due: workshop:kickoff+16d 17:00", "due: workshop:kick+16d 17:00", "unknown-anchor",
        "modules[0].assignment.due", "due: workshop:kick+16d"),
    "unknown module": (
        "due: workshop:kickoff+16d 17:00", "due: module:starting+16d 17:00", "unknown-anchor",
        "modules[0].assignment.due", "due: module:starting+16d"),
    "unknown anchor": (
        "due: workshop:kickoff+16d 17:00", "due: begin+16d 17:00", "unknown-anchor",
        "modules[0].assignment.due", "due: begin+16d"),
    "days left out": (ANY, "    opens: start 08:00\n", "bad-expression", "modules[0].opens", "opens: start 08:00"),
    "time of 25 hours": (
        ANY, "    opens: start+0d 25:00\n", "bad-expression", "modules[0].opens", "opens: start+0d 25:00"),
    "too many days": (ANY, "    opens: start+9999d\n", "bad-expression", "modules[0].opens", "opens: start+9999d"),
    "module far before the start": (ANY, "    opens: start-400d\n", "far-date", "modules[0].opens", "start-400d"),
    "workshop far after the end": (
        "at: start+2d 10:00", "at: start+900d 10:00", "far-date", "modules[0].workshop.at", "at: start+900d"),
    "workshop that hangs on itself": (
        "at: start+2d 10:00", "at: workshop:kickoff+2d 10:00", "circle", "modules[0].workshop.at",
        "at: workshop:kickoff+2d"),
    "module that closes first": (
        "    closes: start+20d 17:00\n", "    closes: start-1d 17:00\n", "closes-before-opens", "modules[0].closes",
        "closes: start-1d 17:00"),
    "module that closes as it opens": (
        "    closes: start+20d 17:00\n", "    closes: end-179d 08:00\n", "closes-before-opens", "modules[0].closes",
        "closes: end-179d 08:00"),
    "check-in that closes first": (
        "    closes: start+14d 17:00\n", "    closes: start+10d 08:59\n", "closes-before-opens", "checkins[0].closes",
        "closes: start+10d 08:59"),
    "check-in key of another": (
        "  - key: checkin-2\n", "  - key: checkin-1\n", "duplicate-key", "checkins[1].key",
        "  - key: checkin-1\n    opens: start+24d"),
    "check-in without questions": (
        "    questions:\n      - Which of your three behaviours did your team see this week?\n"
        "      - What pulled you back into the queue?\n      - What would you like from your mentor first?\n",
        "    questions: []\n", "empty", "checkins[0].questions", "questions: []"),
    "lesson of an unknown kind": (
        FIRST_LESSON, FIRST_LESSON.replace("kind: read", "kind: video"), "unknown-value",
        "modules[0].lessons[0].kind", "kind: video"),
    "lesson of no minutes": (
        FIRST_LESSON, FIRST_LESSON.replace("minutes: 12", "minutes: 0"), "out-of-range",
        "modules[0].lessons[0].minutes", "minutes: 0"),
    "lesson of many minutes": (
        FIRST_LESSON, FIRST_LESSON.replace("minutes: 12", "minutes: many"), "wrong-type",
        "modules[0].lessons[0].minutes", "minutes: many"),
    "assignment of an unknown kind": (
        "      key: capstone\n      title: Capstone\n      kind: file\n",
        "      key: capstone\n      title: Capstone\n      kind: essay\n",
        "unknown-value", "modules[7].assignment.kind", "kind: essay"),
    "capstone written badly": (
        "      key: capstone\n", "      key: Capstone\n", "bad-key", "modules[7].assignment.key", "key: Capstone"),
    "unknown assignment to complete": (
        "assignments: [capstone]", "assignments: [keystone]", "unknown-assignment", "completion.assignments[0]",
        "assignments: [keystone]"),
    "agenda of the wrong length": (
        '{title: "Calendar sort in trios", minutes: 25}', '{title: "Calendar sort in trios", minutes: 26}',
        "agenda-minutes", "modules[0].workshop.agenda",
        '      agenda:\n        - {title: "Arrivals'),
    "agenda with minutes that are none": (
        '{title: "Calendar sort in trios", minutes: 25}', '{title: "Calendar sort in trios", minutes: long}',
        "wrong-type", "modules[0].workshop.agenda[1].minutes", "minutes: long"),
    "agenda point without minutes": (
        '{title: "Calendar sort in trios", minutes: 25}', '{title: "Calendar sort in trios"}',
        "missing-field", "modules[0].workshop.agenda[1].minutes", "{title: \"Calendar sort in trios\"}"),
    "mentor session of the wrong length": (
        '{title: "Dates for all eight sessions", minutes: 10}', '{title: "Dates for all eight sessions", minutes: 15}',
        "agenda-minutes", "modules[0].mentor_session.agenda",
        '      agenda:\n        - {title: "Stories: how'),
    "list in place of a group": (
        "completion: {modules: all, attendance_percent: 75, assignments: [capstone], final_reflection: true}",
        "completion: [all]", "wrong-type", "completion", "completion: [all]"),
    "text in place of a list": (
        "    behaviours:\n      - Stays composed while a major incident is running.\n"
        "      - Notices that someone is carrying too much before that person says so.\n"
        "      - Puts a working relationship right soon after friction.\n",
        "    behaviours: Stays composed\n", "wrong-type", "competencies[0].behaviours", "behaviours: Stays"),
    "yes in place of true": (
        "final_reflection: true", "final_reflection: yes", "wrong-type", "completion.final_reflection",
        "final_reflection: yes"),
    "assessment of an unknown kind": (
        BASELINE, BASELINE.replace("kind: self", "kind: quiz"), "unknown-value", "assessments[0].kind", "kind: quiz"),
    "assessment kind without quotes": (
        BASELINE, BASELINE.replace("kind: self", "kind: 360"), "wrong-type", "assessments[0].kind", "kind: 360,"),
    "milestone key of another": (
        "{key: halfway,", "{key: showcase,", "duplicate-key", "milestones[2].key", "key: showcase, title: Showcase"),
    "measure that gets better sideways": (
        "unit: tickets, better: down", "unit: tickets, better: sideways", "unknown-value", "kpis[5].better",
        "better: sideways"),
    "example that is no number": (
        "example: {from: 45, to: 25}", "example: {from: slow, to: 25}", "wrong-type", "kpis[0].example.from",
        "from: slow"),
    "reminder about an unknown occasion": (
        WELCOME, WELCOME.replace("cohort.start", "cohort.begins"), "unknown-value", "reminders[4].about",
        "cohort.begins"),
    "reminder with a bad offset": (
        WELCOME, WELCOME.replace("+0d", "0 days"), "bad-offset", "reminders[4].offset", "offset: 0 days"),
    "reminder without its time": (
        WELCOME, WELCOME.replace(' at: "08:00",', ""), "offset-needs-time", "reminders[4].at", "{key: welcome"),
    "reminder in hours with a time": (
        WELCOME, WELCOME.replace("+0d", "+2h"), "offset-takes-no-time", "reminders[4].at", "{key: welcome"),
    "reminder with a bad time": (
        WELCOME, WELCOME.replace("08:00", "8 am"), "bad-time", "reminders[4].at", "8 am"),
    "reminder to nobody known": (
        WELCOME, WELCOME.replace("to: participant", "to: everyone"), "unknown-value", "reminders[4].to",
        "to: everyone"),
    "reminder unless something unknown": (
        WELCOME, WELCOME.replace("class:", "unless: happy, class:"), "unknown-value", "reminders[4].unless",
        "unless: happy"),
    "reminder of an unknown class": (
        WELCOME, WELCOME.replace("critical", "urgent"), "unknown-value", "reminders[4].class", "class: urgent"),
    "reminder key of another": (
        WELCOME, WELCOME.replace("welcome", "module-open"), "duplicate-key", "reminders[5].key",
        "{key: module-open, about: module.opens"),
    "value twice in a line": (
        "language: en", "language: en: de", "yaml", "", "language: en: de"),
    "alias": ("language: en", "language: *lang", "yaml", "language", "language: *lang"),
    "tag": ("language: en", "language: !!python/name:os.system en", "yaml", "language", "language: !!python"),
    "control character": ("language: en", "language: e\x07n", "control-character", "", "language: e\x07n"),
}  # fmt: skip
