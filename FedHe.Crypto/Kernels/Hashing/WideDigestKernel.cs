using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>The wide kernel of digests computes SHA-256 of sixteen messages side by side, each in one lane of 32 bits.</summary>
/// <remarks>
/// The messages are public. Source: FIPS 180-4, sections 5.1.1 (padding) and 5.3.3.
/// </remarks>
internal sealed class WideDigestKernel : DigestKernel
{
    private const int Lanes = WideCompression.Lanes;
    private const int BlockLength = 64;
    private const int StateWords = WideCompression.StateWords;

    // Fewer messages take less time one after the other.
    private const int LeastMessages = 10;

    // The blocks of a lane that are read at once. The distance of lanes is no power of two, or all would share few places in the cache.
    private const int BlocksAtOnce = 32;
    private const int LaneStride = (BlocksAtOnce + 1) * BlockLength;
    private const int PaddingLength = 1 + sizeof(ulong);

    private static readonly ConcurrentPool<WideDigestKernel> Workspaces = new(_ => new WideDigestKernel());

    private static readonly uint[] InitialState =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private readonly AlignedArray<byte> _blocks = new(Lanes * LaneStride);
    private readonly AlignedArray<uint> _state = new(StateWords * Lanes);
    private readonly AlignedArray<uint> _schedule = new(WideCompression.ScheduleWords * Lanes);

    public override int BestCountOf(int count) => count < LeastMessages ? 1 : Math.Min(count, Lanes);

    protected override void ComputeCore(ReadOnlySpan<int> lengths, MessageReader read, Span<byte> digests)
    {
        WideDigestKernel workspace = Workspaces.Rent();
        try
        {
            for (int first = 0; first < lengths.Length; first += Lanes)
            {
                int count = Math.Min(Lanes, lengths.Length - first);
                ReadOnlySpan<int> some = lengths.Slice(first, count);
                Span<byte> results = digests.Slice(first * DigestLength, count * DigestLength);
                if (count < LeastMessages)
                {
                    DigestSpecification.Compute(some, first, read, results);
                }
                else
                {
                    workspace.ComputeSome(some, first, read, results);
                }
            }
        }
        finally
        {
            Workspaces.Return(workspace);
        }
    }

    /// <summary>Counts the blocks of a message with its padding.</summary>
    private static int BlocksOf(int length) => (int)(((long)length + PaddingLength + BlockLength - 1) / BlockLength);

    /// <summary>Computes the digests of at most sixteen messages.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private void ComputeSome(ReadOnlySpan<int> lengths, int firstMessage, MessageReader read, Span<byte> digests)
    {
        for (int word = 0; word < StateWords; word++)
        {
            _state.Span.Slice(word * Lanes, Lanes).Fill(InitialState[word]);
        }

        for (int block = 0, next; (next = NextEnd(lengths, block)) > block; block = next)
        {
            for (int lane = 0; lane < lengths.Length; lane++)
            {
                // A lane whose message has ended goes on with whatever is in memory: its digest was taken.
                if (block < BlocksOf(lengths[lane]))
                {
                    long start = (long)block * BlockLength;
                    FillPadded(
                        _blocks.Span.Slice(lane * LaneStride, (next - block) * BlockLength), start, lengths[lane], firstMessage + lane, read);
                }
            }

            for (int i = 0; i < next - block; i++)
            {
                WideCompression.Compress(ref Unsafe.Add(ref _blocks.First, i * BlockLength), LaneStride, ref _state.First, ref _schedule.First);
            }

            TakeDigests(lengths, next, digests);
        }
    }

    /// <summary>Returns the block before which reading stops: the end of the first message to end, or fewer blocks.</summary>
    private static int NextEnd(ReadOnlySpan<int> lengths, int block)
    {
        int next = block;
        foreach (int length in lengths)
        {
            int blocks = BlocksOf(length);
            if (blocks > block)
            {
                next = next == block ? Math.Min(blocks, block + BlocksAtOnce) : Math.Min(blocks, next);
            }
        }

        return next;
    }

    /// <summary>Reads whole blocks of a message, with its padding where they reach its end. The padding of the longest messages is beyond the range of an int.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    internal static void FillPadded(Span<byte> blocks, long start, int length, int message, MessageReader read)
    {
        int rest = (int)Math.Clamp(length - start, 0, blocks.Length);
        if (rest > 0)
        {
            read(message, (int)start, blocks[..rest]);
        }

        if (rest == blocks.Length)
        {
            return;
        }

        blocks[rest..].Clear();
        if (length >= start)
        {
            blocks[rest] = 0x80;
        }

        if ((start + blocks.Length) / BlockLength == BlocksOf(length))
        {
            BinaryPrimitives.WriteUInt64BigEndian(blocks[^sizeof(ulong)..], 8UL * (ulong)length);
        }
    }

    /// <summary>Writes the digests of the messages that end at a block.</summary>
    private void TakeDigests(ReadOnlySpan<int> lengths, int end, Span<byte> digests)
    {
        for (int lane = 0; lane < lengths.Length; lane++)
        {
            if (BlocksOf(lengths[lane]) == end)
            {
                for (int word = 0; word < StateWords; word++)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(
                        digests[((lane * DigestLength) + (word * sizeof(uint)))..], _state.Span[(word * Lanes) + lane]);
                }
            }
        }
    }
}
