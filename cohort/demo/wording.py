"""Names and sentences that made-up people are built from."""

FIRST_NAMES = (
    *("Amara", "Boris", "Carla", "Deepak", "Elif", "Femi", "Gita", "Henrik", "Ines", "Jonas", "Kaia", "Luis", "Mona"),
    *("Noor", "Ola", "Pia", "Quentin", "Rosa", "Sanjay", "Tara", "Umar", "Vera", "Wei", "Ximena", "Yusuf", "Zoë"),
)
LAST_NAMES = (
    *("Abara", "Baker", "Chen", "Dreyer", "Eriksen", "Farouk", "Garcia", "Hoang", "Ivanova", "Jensen", "Kumar"),
    *("Lopez", "Mbeki", "Nakamura", "Okonkwo", "Petrov", "Quinn", "Ramirez", "Silva", "Tran", "Usman", "Vogel"),
)
SENTENCES = (
    "I asked what they had tried before I answered, and it took four minutes longer and lasted.",
    "The board was red on Monday and I left it with the person who had it.",
    "Two people told me that they had stopped asking, which I had not noticed.",
    "We moved the handover to half past nine and wrote down the next step of every ticket.",
    "I said the bad news on the day, in two lines, and the client thanked me.",
    "The numbers are worse than I thought, and now at least they are numbers.",
    "On Thursday I was pulled back into the queue for a certificate that I know by heart.",
    "The runbook page was wrong since the upgrade; we corrected it together.",
    "I gave the weekly report away and nobody has missed me in it.",
    "My manager wants fewer surprises, and so does the team.",
    "I kept the hour free twice, and the third time I gave it to a meeting.",
    "She wants to lead the office move, and I had never asked.",
)
PROMISES = (
    "I will ask one question before I answer.",
    "I will hold all of this week’s one-to-ones.",
    "I will write the brief on one page.",
    "I will say the late date on the day I know it.",
    "I will thank one person for something specific.",
    "I will keep my phone away for one evening.",
)
