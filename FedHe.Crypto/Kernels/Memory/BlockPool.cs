namespace FedHe.Crypto.Kernels.Memory;

/// <summary>
/// Blocks of 64-bit words waiting to be used again, by exact length: a pool of powers of two would double some of them,
/// and would forget most of what a segmented sum gives back at once. Thread-safe.
/// </summary>
/// <remarks>
/// A stated number of words is kept for good: segments in flight find their block again and nothing is allocated for them. What
/// lies here beyond that is left to the garbage collector, which takes it when it needs to.
/// </remarks>
internal sealed class BlockPool(long wordsKept)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Stack<object>> _idle = [];
    private long _wordsKept;

    /// <summary>The pool of all vectors, which keeps 64 MiB: 32 segments of the smallest form.</summary>
    public static BlockPool Shared { get; } = new(wordsKept: (64L << 20) / sizeof(ulong));

    /// <summary>A block of exactly the given length, with whatever was in it before.</summary>
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

    /// <summary>Gives a block back; nobody may use it any more.</summary>
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
