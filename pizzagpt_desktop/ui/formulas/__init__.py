"""Formulas as pictures: MathML laid out with a mathematical font and painted as outlines; knows no TeX and no document."""
