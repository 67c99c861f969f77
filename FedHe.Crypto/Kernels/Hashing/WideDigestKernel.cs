using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Hashing;

/// <summary>The wide kernel of digests computes SHA-256 of sixteen messages side by side, each in one lane of 32 bits.</summary>
/// <remarks>
/// The messages are public. Source: FIPS 180-4, sections 5.1.1 (padding), 5.3.3 and 6.2.2; with words of the names there.
/// </remarks>
internal sealed class WideDigestKernel : DigestKernel
{
    private const int Lanes = 16;
    private const int BlockLength = 64;
    private const int StateWords = 8;
    private const int ScheduleWords = 16;
    private const int Rounds = 64;

    // Fewer messages take less time one after the other.
    private const int LeastMessages = 10;

    // The blocks of a lane that are read at once. The distance of lanes is no power of two, or all would share few places in the cache.
    private const int BlocksAtOnce = 32;
    private const int LaneStride = (BlocksAtOnce + 1) * BlockLength;
    private const int PaddingLength = 1 + sizeof(ulong);

    private static readonly ConcurrentPool<WideDigestKernel> Workspaces = new(_ => new WideDigestKernel());

    private static readonly uint[] InitialState =
        [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    private static readonly uint[] Constants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    private readonly AlignedArray<byte> _blocks = new(Lanes * LaneStride);
    private readonly AlignedArray<uint> _state = new(StateWords * Lanes);
    private readonly AlignedArray<uint> _schedule = new(ScheduleWords * Lanes);

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
                Compress(ref Unsafe.Add(ref _blocks.First, i * BlockLength), ref _state.First, ref _schedule.First);
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

    /// <summary>Takes one block of every lane into the state.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static void Compress(ref byte blocks, ref uint state, ref uint schedule)
    {
        Transpose(ref blocks, ref schedule);
        Vector512<uint> a = Load(ref state, 0);
        Vector512<uint> b = Load(ref state, 1);
        Vector512<uint> c = Load(ref state, 2);
        Vector512<uint> d = Load(ref state, 3);
        Vector512<uint> e = Load(ref state, 4);
        Vector512<uint> f = Load(ref state, 5);
        Vector512<uint> g = Load(ref state, 6);
        Vector512<uint> h = Load(ref state, 7);
        ref uint constants = ref MemoryMarshal.GetArrayDataReference(Constants);
        for (int round = 0; round < Rounds; round += StateWords)
        {
            int word = round & (ScheduleWords - 1);
            if (round >= ScheduleWords && word == 0)
            {
                Extend(ref schedule);
            }

            ref uint constant = ref Unsafe.Add(ref constants, round);
            Round(a, b, c, ref d, e, f, g, ref h, ref constant, ref schedule, word, 0);
            Round(h, a, b, ref c, d, e, f, ref g, ref constant, ref schedule, word, 1);
            Round(g, h, a, ref b, c, d, e, ref f, ref constant, ref schedule, word, 2);
            Round(f, g, h, ref a, b, c, d, ref e, ref constant, ref schedule, word, 3);
            Round(e, f, g, ref h, a, b, c, ref d, ref constant, ref schedule, word, 4);
            Round(d, e, f, ref g, h, a, b, ref c, ref constant, ref schedule, word, 5);
            Round(c, d, e, ref f, g, h, a, ref b, ref constant, ref schedule, word, 6);
            Round(b, c, d, ref e, f, g, h, ref a, ref constant, ref schedule, word, 7);
        }

        Store(Load(ref state, 0) + a, ref state, 0);
        Store(Load(ref state, 1) + b, ref state, 1);
        Store(Load(ref state, 2) + c, ref state, 2);
        Store(Load(ref state, 3) + d, ref state, 3);
        Store(Load(ref state, 4) + e, ref state, 4);
        Store(Load(ref state, 5) + f, ref state, 5);
        Store(Load(ref state, 6) + g, ref state, 6);
        Store(Load(ref state, 7) + h, ref state, 7);
    }

    /// <summary>Computes one round; the variables that it does not name move on by their names.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        Vector512<uint> a,
        Vector512<uint> b,
        Vector512<uint> c,
        ref Vector512<uint> d,
        Vector512<uint> e,
        Vector512<uint> f,
        Vector512<uint> g,
        ref Vector512<uint> h,
        ref uint constants,
        ref uint schedule,
        int word,
        int index)
    {
        Vector512<uint> choice = Avx512F.TernaryLogic(e, f, g, 0xCA); // Ch(e, f, g)
        Vector512<uint> majority = Avx512F.TernaryLogic(a, b, c, 0xE8); // Maj(a, b, c)
        Vector512<uint> input = h + Load(ref schedule, word + index) + Vector512.Create(Unsafe.Add(ref constants, index));
        Vector512<uint> first = input + choice + Xor(Rotate(e, 6), Rotate(e, 11), Rotate(e, 25)); // T1
        d += first;
        h = first + majority + Xor(Rotate(a, 2), Rotate(a, 13), Rotate(a, 22)); // T1 + T2
    }

    /// <summary>Computes the next sixteen words of the message schedule.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static void Extend(ref uint schedule)
    {
        Vector512<uint> beforeLast = Load(ref schedule, 14);
        Vector512<uint> last = Load(ref schedule, 15);
        Vector512<uint> current = Load(ref schedule, 0);
        for (int i = 0; i < ScheduleWords; i++)
        {
            Vector512<uint> following = Load(ref schedule, (i + 1) & (ScheduleWords - 1));
            Vector512<uint> small = Xor(Rotate(following, 7), Rotate(following, 18), following >>> 3); // sigma0
            Vector512<uint> large = Xor(Rotate(beforeLast, 17), Rotate(beforeLast, 19), beforeLast >>> 10); // sigma1
            Vector512<uint> word = current + small + Load(ref schedule, (i + 9) & (ScheduleWords - 1)) + large;
            Store(word, ref schedule, i);
            (beforeLast, last, current) = (last, word, following);
        }
    }

    /// <summary>Loads sixteen words of every lane, the highest byte first, and stores for each word the lanes side by side.</summary>
    [MethodImpl(KernelLoop.Compilation)]
    private static void Transpose(ref byte blocks, ref uint schedule)
    {
        // Four by four words of four lanes first, then registers of four lanes each.
        for (int lane = 0; lane < Lanes; lane += 4)
        {
            Vector512<uint> row0 = LoadWords(ref blocks, lane);
            Vector512<uint> row1 = LoadWords(ref blocks, lane + 1);
            Vector512<uint> row2 = LoadWords(ref blocks, lane + 2);
            Vector512<uint> row3 = LoadWords(ref blocks, lane + 3);
            Vector512<ulong> low01 = Avx512F.UnpackLow(row0, row1).AsUInt64();
            Vector512<ulong> high01 = Avx512F.UnpackHigh(row0, row1).AsUInt64();
            Vector512<ulong> low23 = Avx512F.UnpackLow(row2, row3).AsUInt64();
            Vector512<ulong> high23 = Avx512F.UnpackHigh(row2, row3).AsUInt64();
            Store(Avx512F.UnpackLow(low01, low23).AsUInt32(), ref schedule, lane);
            Store(Avx512F.UnpackHigh(low01, low23).AsUInt32(), ref schedule, lane + 1);
            Store(Avx512F.UnpackLow(high01, high23).AsUInt32(), ref schedule, lane + 2);
            Store(Avx512F.UnpackHigh(high01, high23).AsUInt32(), ref schedule, lane + 3);
        }

        for (int word = 0; word < 4; word++)
        {
            TransposeQuarter(ref schedule, word);
        }
    }

    /// <summary>Transposes quarters of registers: register 4l + w has the words w, w + 4, w + 8 and w + 12 of the lanes 4l to 4l + 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeQuarter(ref uint schedule, int word)
    {
        Vector512<uint> lanes0 = Load(ref schedule, word);
        Vector512<uint> lanes4 = Load(ref schedule, word + 4);
        Vector512<uint> lanes8 = Load(ref schedule, word + 8);
        Vector512<uint> lanes12 = Load(ref schedule, word + 12);
        Vector512<uint> evenLow = Avx512F.Shuffle4x128(lanes0, lanes4, 0x88);
        Vector512<uint> oddLow = Avx512F.Shuffle4x128(lanes0, lanes4, 0xDD);
        Vector512<uint> evenHigh = Avx512F.Shuffle4x128(lanes8, lanes12, 0x88);
        Vector512<uint> oddHigh = Avx512F.Shuffle4x128(lanes8, lanes12, 0xDD);
        Store(Avx512F.Shuffle4x128(evenLow, evenHigh, 0x88), ref schedule, word);
        Store(Avx512F.Shuffle4x128(oddLow, oddHigh, 0x88), ref schedule, word + 4);
        Store(Avx512F.Shuffle4x128(evenLow, evenHigh, 0xDD), ref schedule, word + 8);
        Store(Avx512F.Shuffle4x128(oddLow, oddHigh, 0xDD), ref schedule, word + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> LoadWords(ref byte blocks, int lane)
    {
        Vector512<byte> bytes = Vector512.LoadUnsafe(ref blocks, (nuint)(lane * LaneStride));
        Vector512<byte> reversed = Vector512.Create(0x0405060700010203UL, 0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B,
            0x0405060700010203, 0x0C0D0E0F08090A0B, 0x0405060700010203, 0x0C0D0E0F08090A0B).AsByte();
        return Avx512BW.Shuffle(bytes, reversed).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Xor(Vector512<uint> x, Vector512<uint> y, Vector512<uint> z) => Avx512F.TernaryLogic(x, y, z, 0x96);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate(Vector512<uint> value, [ConstantExpected] byte count) => Avx512F.RotateRight(value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Load(ref uint words, int index) => Vector512.LoadUnsafe(ref words, (nuint)(index * Lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<uint> value, ref uint words, int index) => value.StoreUnsafe(ref words, (nuint)(index * Lanes));
}
