using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Kernels.Ciphers;

/// <summary>The processor block cipher uses the instructions for AES of the x86 family, with counters in registers.</summary>
/// <remarks>
/// The instructions take the same time for all data. Source: FIPS 197; the key schedule is the one of Gueron, "Intel Advanced Encryption Standard (AES)
/// New Instructions Set", 2010, with w[i] of FIPS 197 in four words a register.
/// </remarks>
internal sealed class ProcessorBlockCipher : BlockCipher
{
    private const int Rounds = 14;
    private const int Together = 8;

    private readonly byte[] _roundKeys = SecretMemory.Allocate<byte>((Rounds + 1) * BlockLength);

    public ProcessorBlockCipher(ReadOnlySpan<byte> key)
        : base(key) => Expand(key);

    // A cipher that nobody disposes, such as after an exception, leaves no key in memory either.
    ~ProcessorBlockCipher() => ZeroKey();

    protected override void EncryptCore(AlignedArray<byte> bytes, int length)
        => Encrypt(ref MemoryMarshal.GetReference(bytes.Span[..length]), length / BlockLength, ref MemoryMarshal.GetArrayDataReference(_roundKeys));

    protected override void EncryptCountersCore(AlignedArray<byte> bytes, int length, ulong first, ulong label)
        => EncryptCounters(ref MemoryMarshal.GetReference(bytes.Span[..length]), length / BlockLength, Vector128.Create(first, label), ref MemoryMarshal.GetArrayDataReference(_roundKeys));

    protected override void ZeroKey() => SecretMemory.Zero<byte>(_roundKeys);

    [MethodImpl(KernelLoop.Compilation)]
    private static void Encrypt(ref byte blocks, int count, ref byte keys)
    {
        for (nuint i = 0; i < (nuint)count; i++)
        {
            Vector128<byte> block = Vector128.LoadUnsafe(ref blocks, i * BlockLength) ^ Key(ref keys, 0);
            for (nuint round = 1; round < Rounds; round++)
            {
                block = Aes.Encrypt(block, Key(ref keys, round));
            }

            Aes.EncryptLast(block, Key(ref keys, Rounds)).StoreUnsafe(ref blocks, i * BlockLength);
        }
    }

    [MethodImpl(KernelLoop.Compilation)]
    private static void EncryptCounters(ref byte blocks, int count, Vector128<ulong> counter, ref byte keys)
    {
        // An instruction waits a few steps for the one before it, so that eight blocks go together.
        int whole = count & -Together;
        Vector128<ulong> one = Vector128.Create(1UL, 0);
        for (nuint i = 0; i < (nuint)whole; i += Together)
        {
            Vector128<byte> key = Key(ref keys, 0);
            Vector128<byte> block0 = Next(ref counter, one, key);
            Vector128<byte> block1 = Next(ref counter, one, key);
            Vector128<byte> block2 = Next(ref counter, one, key);
            Vector128<byte> block3 = Next(ref counter, one, key);
            Vector128<byte> block4 = Next(ref counter, one, key);
            Vector128<byte> block5 = Next(ref counter, one, key);
            Vector128<byte> block6 = Next(ref counter, one, key);
            Vector128<byte> block7 = Next(ref counter, one, key);
            for (nuint round = 1; round < Rounds; round++)
            {
                key = Key(ref keys, round);
                block0 = Aes.Encrypt(block0, key);
                block1 = Aes.Encrypt(block1, key);
                block2 = Aes.Encrypt(block2, key);
                block3 = Aes.Encrypt(block3, key);
                block4 = Aes.Encrypt(block4, key);
                block5 = Aes.Encrypt(block5, key);
                block6 = Aes.Encrypt(block6, key);
                block7 = Aes.Encrypt(block7, key);
            }

            key = Key(ref keys, Rounds);
            ref byte result = ref Unsafe.Add(ref blocks, i * BlockLength);
            Aes.EncryptLast(block0, key).StoreUnsafe(ref result);
            Aes.EncryptLast(block1, key).StoreUnsafe(ref result, BlockLength);
            Aes.EncryptLast(block2, key).StoreUnsafe(ref result, 2 * BlockLength);
            Aes.EncryptLast(block3, key).StoreUnsafe(ref result, 3 * BlockLength);
            Aes.EncryptLast(block4, key).StoreUnsafe(ref result, 4 * BlockLength);
            Aes.EncryptLast(block5, key).StoreUnsafe(ref result, 5 * BlockLength);
            Aes.EncryptLast(block6, key).StoreUnsafe(ref result, 6 * BlockLength);
            Aes.EncryptLast(block7, key).StoreUnsafe(ref result, 7 * BlockLength);
        }

        ref byte rest = ref Unsafe.Add(ref blocks, whole * BlockLength);
        for (nuint i = 0; i < (nuint)(count - whole); i++)
        {
            counter.AsByte().StoreUnsafe(ref rest, i * BlockLength);
            counter += one;
        }

        Encrypt(ref rest, count - whole, ref keys);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Next(ref Vector128<ulong> counter, Vector128<ulong> one, Vector128<byte> key)
    {
        Vector128<byte> block = counter.AsByte() ^ key;
        counter += one;
        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Key(ref byte keys, nuint round) => Vector128.LoadUnsafe(ref keys, round * BlockLength);

    /// <summary>Computes the round keys, two at a time: the first of two takes SubWord(RotWord(w)) and a constant, the second one SubWord(w).</summary>
    private void Expand(ReadOnlySpan<byte> key)
    {
        Vector128<byte> even = Vector128.Create(key[..BlockLength]);
        Vector128<byte> odd = Vector128.Create(key[BlockLength..]);
        Store(even, 0);
        Store(odd, 1);
        Step(ref even, ref odd, Aes.KeygenAssist(odd, 0x01), 2);
        Step(ref even, ref odd, Aes.KeygenAssist(odd, 0x02), 4);
        Step(ref even, ref odd, Aes.KeygenAssist(odd, 0x04), 6);
        Step(ref even, ref odd, Aes.KeygenAssist(odd, 0x08), 8);
        Step(ref even, ref odd, Aes.KeygenAssist(odd, 0x10), 10);
        Step(ref even, ref odd, Aes.KeygenAssist(odd, 0x20), 12);
        Store(Mixed(even, Sse2.Shuffle(Aes.KeygenAssist(odd, 0x40).AsInt32(), 0xFF)), Rounds);
    }

    private void Step(ref Vector128<byte> even, ref Vector128<byte> odd, Vector128<byte> assist, int round)
    {
        even = Mixed(even, Sse2.Shuffle(assist.AsInt32(), 0xFF));
        odd = Mixed(odd, Sse2.Shuffle(Aes.KeygenAssist(even, 0).AsInt32(), 0xAA));
        Store(even, round);
        Store(odd, round + 1);
    }

    private void Store(Vector128<byte> roundKey, int round) => roundKey.CopyTo(_roundKeys, round * BlockLength);

    /// <summary>Adds to every word of a round key the words before it and a word.</summary>
    private static Vector128<byte> Mixed(Vector128<byte> roundKey, Vector128<int> word)
    {
        roundKey ^= Sse2.ShiftLeftLogical128BitLane(roundKey, 4);
        roundKey ^= Sse2.ShiftLeftLogical128BitLane(roundKey, 8);
        return roundKey ^ word.AsByte();
    }
}
