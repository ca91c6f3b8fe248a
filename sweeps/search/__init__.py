"""The search: samplers, pruners and the study of one arm. The only room that knows Optuna."""
