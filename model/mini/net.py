"""The Qwen2.5-VL arithmetic for one fixed grid, written for fast training on a CPU.

Same mathematics and the same parameter names as transformers' modules (a test compares them), but every
shape is fixed: one 448x336 or 336x448 image, twelve full attention windows of 8x8 patches, no
padding. Patches stay in window order until the merger, so window attention is one batched call.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .shape import MERGE, PATCH, TALL, WIDE, Shape, View

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


def to_windows(grid: Tensor) -> Tensor:
    """[B, rows, columns, ...] by patch -> [B, 12, 64, ...] in the order that the vision tower uses."""
    b, rows, columns, *rest = grid.shape
    grid = grid.reshape(b, rows // 8, 4, MERGE, columns // 8, 4, MERGE, *rest)
    order = (0, 1, 4, 2, 5, 3, 6, *range(7, 7 + len(rest)))
    return grid.permute(*order).reshape(b, -1, 64, *rest)


def cells_to_raster(cells: Tensor, view: View) -> Tensor:
    """[B, 192, D] merged cells in window order -> the same row by row."""
    b, d = cells.shape[0], cells.shape[-1]
    cells = cells.view(b, view.rows // 4, view.columns // 4, 4, 4, d).permute(0, 1, 3, 2, 4, 5)
    return cells.reshape(b, -1, d)


def to_patches(pixels: Tensor) -> Tensor:
    """uint8 [B, H, W, 3] -> normalised patches [B, 12, 64, 588] (channel, row, column)."""
    b, height, width = pixels.shape[:3]
    rows, columns = height // PATCH, width // PATCH
    x = pixels.view(b, rows, PATCH, columns, PATCH, 3).permute(0, 1, 3, 5, 2, 4)
    mean = torch.tensor(MEAN).view(1, 1, 1, 3, 1, 1)
    std = torch.tensor(STD).view(1, 1, 1, 3, 1, 1)
    x = (x.float() / 255 - mean) / std
    return to_windows(x.reshape(b, rows, columns, 3 * PATCH * PATCH))


class RMSNorm(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x.float(), (x.shape[-1],), self.weight.float(), 1e-6)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    x = x.float()
    turned = torch.cat((-x[..., half:], x[..., :half]), -1)
    return (x * cos + turned * sin).to(torch.bfloat16)


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Plain attention: compiled for small fixed shapes it is faster on a CPU than the fused kernel."""
    scores = (q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores + mask
    return torch.softmax(scores, -1).to(v.dtype) @ v


class MLP(nn.Module):
    def __init__(self, size: int, inner: int, bias: bool) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(size, inner, bias)
        self.up_proj = nn.Linear(size, inner, bias)
        self.down_proj = nn.Linear(inner, size, bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class VisionAttention(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.heads = s.vision_heads
        self.qkv = nn.Linear(s.vision, 3 * s.vision)
        self.proj = nn.Linear(s.vision, s.vision)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, full: bool) -> Tensor:
        b, w, n, d = x.shape
        if full:
            x, cos, sin = (
                x.reshape(b, 1, w * n, d),
                cos.reshape(1, 1, w * n, -1),
                sin.reshape(1, 1, w * n, -1),
            )
        q, k, v = self.qkv(x).view(*x.shape[:3], 3, self.heads, d // self.heads).unbind(3)
        q, k = (rotate(t, cos.unsqueeze(3), sin.unsqueeze(3)) for t in (q, k))
        q, k, v = (t.flatten(0, 1).transpose(1, 2) for t in (q, k, v))
        y = attend(q, k, v.to(q.dtype)).transpose(1, 2)
        return self.proj(y.reshape(b, w, n, d))


class VisionBlock(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.norm1, self.norm2 = RMSNorm(s.vision), RMSNorm(s.vision)
        self.attn = VisionAttention(s)
        self.mlp = MLP(s.vision, s.vision_inner, bias=True)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, full: bool) -> Tensor:
        x = x + self.attn(self.norm1(x), cos, sin, full)
        return x + self.mlp(self.norm2(x))


class Merger(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        wide = s.vision * MERGE**2
        self.ln_q = RMSNorm(s.vision)
        self.mlp = nn.Sequential(nn.Linear(wide, wide), nn.GELU(), nn.Linear(wide, s.hidden))

    def forward(self, x: Tensor) -> Tensor:
        return self.mlp(self.ln_q(x).reshape(x.shape[0], -1, x.shape[-1] * MERGE**2))


class Vision(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.full = s.full_blocks
        self.patch = nn.Linear(3 * PATCH * PATCH, s.vision, bias=False)
        self.blocks = nn.ModuleList(VisionBlock(s) for _ in range(s.vision_layers))
        self.merger = Merger(s)
        self.angles = {
            view: vision_angles(s.vision // s.vision_heads, view) for view in (WIDE, TALL)
        }

    def trunk(self, patches: Tensor, view: View = WIDE) -> Tensor:
        """[B, 12, 64, 588] -> features [B, 12, 64, D]."""
        x = self.patch(patches)
        cos, sin = self.angles[view]
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, i in self.full)
        return x

    def forward(self, patches: Tensor, view: View = WIDE) -> tuple[Tensor, Tensor]:
        """Features before the merger, and merged cells [B, 192, hidden] row by row."""
        features = self.trunk(patches, view)
        return features, cells_to_raster(self.merger(features), view)


def vision_angles(head: int, view: View) -> tuple[Tensor, Tensor]:
    """Cosines and sines [1, 12, 64, head] of the axial rotary embedding."""
    inv = 1.0 / (10000.0 ** (torch.arange(0, head // 2, 2).float() / (head // 2)))
    down, across = torch.arange(view.rows * MERGE), torch.arange(view.columns * MERGE)
    rows, cols = torch.meshgrid(down, across, indexing="ij")
    places = to_windows(torch.stack((rows, cols), -1)[None].float())
    angles = torch.cat((places[..., :1] * inv, places[..., 1:] * inv), -1)
    angles = torch.cat((angles, angles), -1)
    return angles.cos(), angles.sin()


class TextAttention(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.heads, self.kv, self.head = s.heads, s.kv_heads, s.hidden // s.heads
        self.q_proj = nn.Linear(s.hidden, s.hidden)
        self.k_proj = nn.Linear(s.hidden, s.kv_heads * self.head)
        self.v_proj = nn.Linear(s.hidden, s.kv_heads * self.head)
        self.o_proj = nn.Linear(s.hidden, s.hidden, bias=False)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        b, n, _ = x.shape
        q = rotate(self.q_proj(x).view(b, n, self.heads, self.head), cos, sin).transpose(1, 2)
        k = rotate(self.k_proj(x).view(b, n, self.kv, self.head), cos, sin).transpose(1, 2)
        v = self.v_proj(x).view(b, n, self.kv, self.head).transpose(1, 2).to(q.dtype)
        share = self.heads // self.kv
        k, v = k.repeat_interleave(share, 1), v.repeat_interleave(share, 1)
        y = attend(q, k, v, mask)
        return self.o_proj(y.transpose(1, 2).reshape(b, n, -1)), q, k


class TextBlock(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(s.hidden)
        self.post_attention_layernorm = RMSNorm(s.hidden)
        self.self_attn = TextAttention(s)
        self.mlp = MLP(s.hidden, s.inner, bias=False)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        y, q, k = self.self_attn(self.input_layernorm(x), cos, sin, mask)
        x = x + y
        return x + self.mlp(self.post_attention_layernorm(x)), q, k


def text_angles(places: Tensor, s: Shape) -> tuple[Tensor, Tensor]:
    """Multimodal rotary angles of positions [3, B, L] -> cosines, sines [B, L, 1, head]."""
    head = s.hidden // s.heads
    inv = 1.0 / (s.theta ** (torch.arange(0, head, 2).float() / head))
    angles = places[..., None].float() * inv
    parts: tuple[Tensor, ...] = torch.split(angles, list(s.sections), -1)
    mixed = torch.cat([part[i % 3] for i, part in enumerate(parts)], -1)
    mixed = torch.cat((mixed, mixed), -1)[:, :, None]
    return mixed.cos(), mixed.sin()


class Text(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.shape = s
        self.embed_tokens = nn.Embedding(s.vocab, s.hidden)
        self.layers = nn.ModuleList(TextBlock(s) for _ in range(s.layers))
        self.norm = RMSNorm(s.hidden)

    def forward(
        self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor
    ) -> tuple[Tensor, list[Tensor], list[Tensor], list[Tensor]]:
        """Final states; of every layer the states after it, its queries and its keys."""
        states: list[Tensor] = []
        queries: list[Tensor] = []
        keys: list[Tensor] = []
        for layer in self.layers:
            x, q, k = layer(x, cos, sin, mask)
            states.append(x)
            queries.append(q)
            keys.append(k)
        return self.norm(x), states, queries, keys


def init_weights(module: nn.Module, layers: int) -> None:
    """Small normal weights; what writes into the residual stream is scaled down by depth."""
    for name, weight in module.named_parameters():
        if weight.dim() < 2:
            if name.endswith("bias"):
                nn.init.zeros_(weight)
            continue
        out = any(k in name for k in ("o_proj", "down_proj", "attn.proj"))
        std = weight.shape[1] ** -0.5 * (0.5 if not out else 0.5 / layers**0.5)
        nn.init.normal_(weight, std=0.06 if "embed_tokens" in name else std)
