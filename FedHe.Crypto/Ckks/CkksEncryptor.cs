using System.Numerics;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks;

/// <summary>The part of encryption that both kinds of key share: checks, encoding, one polynomial after the other.</summary>
internal abstract class CkksEncryptor : IEncryptor
{
    // The largest fixed-point magnitude that a 64-bit coefficient holds with room for rounding.
    private const int MaxLogCoefficient = 62;

    private readonly VectorForm _form;

    protected CkksEncryptor(CkksRing ring, KeyId keyId, VectorForm form)
    {
        Ring = ring;
        KeyId = keyId;
        _form = form;
    }

    public HeParameters Parameters => Ring.Parameters;

    public KeyId KeyId { get; }

    protected CkksRing Ring { get; }

    public static VectorBound FreshBound(CkksRing ring, double maxAbs, VectorForm form)
    {
        ValueGuard.CheckBound(maxAbs);
        VectorBound bound = form == VectorForm.Seeded ? ring.Errors.Seeded(maxAbs) : ring.Errors.PublicKey(maxAbs);
        if (!VectorGuard.Fits(ring.Parameters, bound) || maxAbs >= Math.ScaleB(1, MaxLogCoefficient - ring.Parameters.LogScale))
        {
            Throw.ValuesExceedCapacity();
        }

        return bound;
    }

    public VectorBound FreshBound(double maxAbs) => FreshBound(Ring, maxAbs, _form);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    /// <summary>Starts a vector: what is shared by its ciphertexts, such as the seed.</summary>
    protected abstract ICiphertextWriter Begin(int length, VectorBound bound);

    private CkksVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VectorBound bound = FreshBound(maxAbs);
        ValueGuard.CheckValues(values, maxAbs);
        using ICiphertextWriter writer = Begin(values.Length, bound);
        using CkksWorkspace workspace = Ring.Workspaces.Rent();
        int perCiphertext = Ring.Parameters.ValuesPerCiphertext;
        for (int ciphertext = 0; ciphertext < writer.Vector.CiphertextCount; ciphertext++)
        {
            int start = ciphertext * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            Span<double> scratch = workspace.Values.AsSpan(0, perCiphertext);
            for (int i = 0; i < batch.Length; i++)
            {
                scratch[i] = double.CreateChecked(batch[i]);
            }

            scratch[batch.Length..].Clear();
            Ring.Packing.Encode(scratch, workspace.Coefficients);
            writer.Encrypt(ciphertext, workspace);
        }

        return writer.Vector;
    }

    /// <summary>Encrypts the coefficients of a workspace into one ciphertext after the other.</summary>
    protected interface ICiphertextWriter : IDisposable
    {
        CkksVector Vector { get; }

        void Encrypt(int ciphertext, CkksWorkspace workspace);
    }
}
