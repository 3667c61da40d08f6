"""A Subject that learns nothing, and remembers what it was taught."""


class Pupil:
    """Keeps the plans that it is to learn, and gives back those that it is to run."""

    seed = 3

    def __init__(self):
        self.plans = []

    def learn(self, plan, *, homeostasis_pA_per_hz_s):
        assert homeostasis_pA_per_hz_s == 0
        self.plans.append(plan)
        return self

    def run(self, plan):
        return plan
