"""The gain that the guide to fine-tuning quotes is the one that was measured."""

from __future__ import annotations

import json

import printed


def test_the_table_is_the_results():
    page = (printed.DOCS / "finetuning.md").read_text(encoding="utf-8")
    found = json.loads((printed.DOCS / "results" / "finetuning.json").read_text(encoding="utf-8"))
    gain = found["gain"]
    for name, rank in (("before", "rank1_before"), ("after", "rank1_after")):
        low, high = gain[name]["low"], gain[name]["high"]
        cell = f"{gain[name]['value']:.3f} [{low:.3f}, {high:.3f}] | {gain[rank]:.3f} |"
        assert cell in page
    change = gain["difference"]
    cell = f"{change['value']:+.3f} [{change['low']:+.3f}, {change['high']:+.3f}]"
    assert f"| difference | {cell} | {gain['rank1_after'] - gain['rank1_before']:.3f} |" in page
    assert f"{gain['queries']} queries" in page
    trained = found["parts"] - gain["patents"]
    assert f"{trained} of them to fine-tune on, {gain['patents']} held out" in page
    assert f"through {6 * trained:,} drawings" in page
