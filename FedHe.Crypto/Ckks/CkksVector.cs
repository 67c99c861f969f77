using System.Buffers;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Ckks;

/// <summary>An immutable view of a block, which it owns; in seeded form c1 is the expansion of <see cref="Seed"/>.</summary>
internal sealed class CkksVector : EncryptedVector
{
    private readonly CkksParameters _parameters;
    private readonly CkksBlock _block;
    private readonly Seed _seed;

    public CkksVector(CkksParameters parameters, KeyId keyId, int length, VectorBound bound, CkksBlock block, in Seed seed = default)
        : base(parameters, keyId, length, bound)
    {
        _parameters = parameters;
        _block = block;
        _seed = seed;
    }

    public VectorForm Form => _block.Form;

    /// <summary>Primes not yet spent by rescaling.</summary>
    public int LimbCount => _block.LimbCount;

    public override int SpentDepth => _parameters.Moduli.Length - LimbCount;

    public ref readonly Seed Seed => ref _seed;

    public override int EncodedLength
        => checked((int)CkksVectorFormat.EncodedLength(_parameters, Length, Form, LimbCount));

    /// <inheritdoc cref="CkksBlock.Limb"/>
    public ReadOnlySpan<ulong> Limb(int ciphertext, int polynomial, int limb) => _block.Limb(ciphertext, polynomial, limb);

    public override void WriteTo(IBufferWriter<byte> destination)
        => CkksVectorFormat.Write(this, _parameters, new WireWriter(destination));

    protected override void Dispose(bool disposing)
    {
        _block.Dispose();
        base.Dispose(disposing);
    }
}
