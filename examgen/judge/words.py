"""Why a person has to look, in the item's language."""

from __future__ import annotations

# Code -> (Chinese, English). ``{}`` takes the detail.
REASONS: dict[str, tuple[str, str]] = {
    "blank": ("模型的回复是空的", "the judge's reply is blank"),
    "broken": ("模型的回复不符合约定的格式（{}）", "the judge's reply is not of the agreed form ({})"),
    "cut": ("模型的回复中途截断", "the judge's reply was cut off"),
    "refused": ("模型拒绝回答", "the judge refused"),
    "no_choice": ("模型的回复里没有内容", "the judge's reply holds no choice"),
    "no_completion": ("服务器的回复不是约定的格式", "the server's reply is no chat completion"),
    "busy": ("模型服务器繁忙（{}）", "the judge's server is busy ({})"),
    "server": ("模型服务器出错（{}）", "the judge's server failed ({})"),
    "timeout": ("模型超时未答", "the judge did not answer in time"),
    "connection": ("与模型的连接中断", "the connection to the judge broke"),
    "large": ("模型的回复过大", "the judge's reply is too large"),
    "closed": ("模型服务器接连失败，已停止询问", "the judge failed so often that it is no longer asked"),
    "budget": ("模型调用预算已用完", "the judge's budget is used up"),
    "dry": ("仅估算，未询问模型", "only estimated: the judge was not asked"),
    "control": ("模型认定了作答里不可能有的内容", "the judge finds what no answer says"),
    "no_quote": ("模型给 {} 记分，却引不出作答原文", "the judge credits {} without a valid quote"),
    "unbacked": ("模型为 {} 引的原文看不出该得分点", "the judge's quote does not show {}"),
    "unsteady": ("换一种问法，模型对 {} 的判断就变了", "the judge changes its mind on {} when asked in another frame"),
    "gap": ("模型与本地依据相差过大（{}）", "the judge is too far from the local evidence ({})"),
    "unsure": ("加上模型的意见，误差仍无法保证", "with the judge's opinion the error can still not be promised"),
    "flagged": ("作答可疑，未交模型判断", "the answer is suspicious, so the judge was not asked"),
}


def reason(code: str, lang: str, detail: str = "") -> str:
    """A reason as a sentence without a full stop."""
    return REASONS[code][lang != "zh"].format(detail)


def joined(first: str, second: str, lang: str) -> str:
    """Two reasons as one."""
    return ("；" if lang == "zh" else "; ").join(text for text in (first, second) if text)
