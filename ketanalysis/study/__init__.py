"""A study and its report: the plan, the folder, the analyses, where the numbers come from."""
