"""Embeddings as Parquet files that many machines write, and an index is built of.

Machine i of n runs ``embed_shard(model, images, folder, Shard(i, n))`` with the same images and
folder. Each takes the sources whose ids fall to it, so that no machine has to know of another:

    shard-0003-of-0016.json                       the manifest: model, options, parts with checksums
    shard-0003-of-0016-0000-9f2c51aa.parquet      a part: some thousand rows

A part goes these steps; a crash after a step leaves what stands beside it.

1. The part is written under a temporary name, brought to the disk, and renamed. It is an orphan:
   no manifest names it, and the next run deletes it.
2. The manifest is written anew, likewise. The part belongs to the shard.
3. At the end, parts with rows of sources that have changed or gone are written anew by 1 and 2;
   then the manifest says that the shard is complete.

Running it again embeds what no part holds, and no more: sources that are new or have changed, and
those of parts that are missing or whose checksum is another one.
"""

from __future__ import annotations

from patentzoo.shards.plan import Shard
from patentzoo.shards.run import ShardReport, embed_shard
from patentzoo.shards.shard_set import ShardSet, holds_shards, open_shards

__all__ = ["Shard", "ShardReport", "ShardSet", "embed_shard", "holds_shards", "open_shards"]
