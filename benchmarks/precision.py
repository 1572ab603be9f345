"""Compares training steps in float32 with steps in the precision that the hardware multiplies.

    OMP_NUM_THREADS=1 python benchmarks/precision.py [device]

For encoders of XLM-R's architecture from the lab's size up to base: seconds of one step (forward,
backward, AdamW) on a batch of 32 windows of 64 tokens, the median of the steps of some seconds,
the two precisions in turn. Where the factor is not well above 1, `planning.precision` has float32.
"""

from __future__ import annotations

import statistics
import sys
import time

import torch
from transformers import XLMRobertaConfig, XLMRobertaModel

SIZES = ((128, 2), (256, 2), (256, 4), (384, 4), (384, 6), (384, 12), (512, 8), (768, 6), (768, 12))
"""Width and depth."""
SECONDS = 6.0
"""Of each encoder and precision."""


def main() -> None:
    """Measure and print."""
    device = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cpu")
    print(f"{'width':>6}{'depth':>6}{'float32':>10}{'bf16':>10}{'factor':>8}")
    for width, depth in SIZES:
        taken: dict[str, list[float]] = {"float32": [], "bf16": []}
        step = stepper(width, depth, device)
        for name in taken:
            step(name)
        until = time.perf_counter() + 2 * SECONDS
        while time.perf_counter() < until or len(taken["bf16"]) < 3:
            for name, times in taken.items():
                times.append(step(name))
        full, half = (statistics.median(times) for times in taken.values())
        print(f"{width:>6}{depth:>6}{full:>10.4f}{half:>10.4f}{full / half:>8.2f}", flush=True)


def stepper(width: int, depth: int, device: torch.device):  # noqa: ANN201 - a closure
    """Return a function from a precision to the seconds of one step in it."""
    config = XLMRobertaConfig(
        vocab_size=4000,
        hidden_size=width,
        num_hidden_layers=depth,
        num_attention_heads=max(2, width // 64),
        intermediate_size=4 * width,
        attention_probs_dropout_prob=0.0,
    )
    model = XLMRobertaModel(config, add_pooling_layer=False).to(device).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
    ids = torch.randint(10, 4000, (32, 64), device=device)

    def step(precision: str) -> float:
        began = time.perf_counter()
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16"):
            loss = model(ids).last_hidden_state.float().pow(2).mean()
        loss.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began

    return step


if __name__ == "__main__":
    main()
