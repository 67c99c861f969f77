using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>A SEAL vector is an immutable sequence of ciphertexts, kept as the files that travel.</summary>
internal sealed class SealVector : EncryptedVector
{
    private readonly SealSetting _setting;
    private readonly SealBlock _block;

    public SealVector(
        SealSetting setting,
        KeyId keyId,
        int length,
        VectorBound bound,
        VectorForm form,
        int primeCount,
        SealBlock block)
        : base(setting.Parameters, keyId, length, bound)
    {
        _setting = setting;
        _block = block;
        Form = form;
        PrimeCount = primeCount;
    }

    public override VectorForm Form { get; }

    /// <summary>The hashes of SEAL's seeds, which have 64 bytes; one for each ciphertext of a seeded vector.</summary>
    public override ImmutableArray<Digest> PublicSeeds => Form == VectorForm.Seeded
        ? [.. Enumerable.Range(0, CiphertextCount).Select(index => Digest.Compute(SealFileLayout.SeedOf(File(index))))]
        : [];

    /// <summary>The number of primes that rescaling has not spent.</summary>
    public int PrimeCount { get; }

    public override int SpentDepth => _setting.PrimeCount - PrimeCount;

    public override int EncodedLength
        => checked((int)SealVectorFormat.EncodedLength(_setting, Length, Form, PrimeCount));

    /// <summary>The files of all ciphertexts, one after the other.</summary>
    public ReadOnlySpan<byte> Files => _block.Files;

    public ReadOnlySpan<byte> File(int ciphertext) => _block.File(ciphertext);

    public override void WriteTo(IBufferWriter<byte> destination) => SealVectorFormat.Write(this, destination);

    protected override void Dispose(bool disposing)
    {
        _block.Dispose();
        base.Dispose(disposing);
    }
}
