namespace FedHe.Crypto.Kernels.Memory;

/// <summary>A block pool keeps blocks of 64-bit words by exact length, and is thread-safe.</summary>
/// <remarks>
/// A pool of powers of two would double some blocks, and would forget most blocks that a segmented sum returns at once. A
/// stated number of words is kept for good, so that nothing is allocated for segments in flight. Blocks beyond it are left
/// to the garbage collector, which takes them when it needs to.
/// </remarks>
/// <param name="wordsKept">The number of words that are kept for good.</param>
internal sealed class BlockPool(long wordsKept)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stack<object>> _idle = [];
    private long _wordsKept;

    /// <summary>The pool of all vectors, which keeps 64 MiB: 32 segments of the smallest form.</summary>
    public static BlockPool Shared { get; } = new(wordsKept: (64L << 20) / sizeof(ulong));

    /// <summary>Returns a block of exactly the given length, with the content of its last use.</summary>
    public ulong[] Rent(int length)
    {
        lock (_gate)
        {
            if (_idle.TryGetValue(length, out Stack<object>? blocks))
            {
                while (blocks.TryPop(out object? idle))
                {
                    if (idle is ulong[] kept)
                    {
                        _wordsKept -= length;
                        return kept;
                    }

                    if (((WeakReference<ulong[]>)idle).TryGetTarget(out ulong[]? surviving))
                    {
                        return surviving;
                    }
                }
            }
        }

        return GC.AllocateUninitializedArray<ulong>(length);
    }

    /// <summary>Takes back a block, which nobody may use any more.</summary>
    public void Return(ulong[] block)
    {
        lock (_gate)
        {
            if (!_idle.TryGetValue(block.Length, out Stack<object>? blocks))
            {
                _idle.Add(block.Length, blocks = []);
            }

            bool isKept = _wordsKept + block.Length <= wordsKept;
            _wordsKept += isKept ? block.Length : 0;
            blocks.Push(isKept ? block : new WeakReference<ulong[]>(block));
        }
    }
}
