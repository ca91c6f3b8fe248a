"""The experiment: a specification becomes arms, trials and a report."""
