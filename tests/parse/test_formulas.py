"""Office Math back to LaTeX."""

import pytest

from examgen.parse.formulas import latex
from examgen.render.omml import office_math


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{-b\pm \sqrt{b^{2}-4ac}}{2a}",
        r"\sum_{i=1}^{n} x_{i}",
        r"\int_{0}^{1} x^{2}dx",
        r"\left[ \begin{matrix}1 & 0 \\ 0 & 1\end{matrix} \right]",
        r"f(x)=\begin{cases}1 & x>0 \\ 0 & x\le 0\end{cases}",
        r"\hat{y}=\sigma (Wx+b)",
        r"\lim_{x\to 0}\frac{\sin x}{x}=1",
        r"\sqrt[3]{8}",
        r"\text{速度}=\frac{\text{路程}}{\text{时间}}",
        r"\alpha_{i}^{2}",
        r"50\%",
    ],
)
def test_latex_that_became_office_math_comes_back(tex):
    assert latex(office_math(tex)) == tex
