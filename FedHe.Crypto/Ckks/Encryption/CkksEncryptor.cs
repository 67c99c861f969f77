using System.Collections.Immutable;
using System.Numerics;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Encryption;

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
        CheckPlanned(ring, form);
        VectorBound bound = ring.Parameters.ExactIntegers is CkksExactIntegers exact ? exact.FreshBound(maxAbs)
            : form == VectorForm.Seeded ? ring.Errors.Seeded(maxAbs)
            : ring.Errors.PublicKey(maxAbs);
        if (!VectorGuard.Fits(ring.Parameters, bound) || maxAbs >= Math.ScaleB(1, MaxLogCoefficient - ring.Parameters.LogScale))
        {
            Throw.ValuesExceedCapacity();
        }

        return bound;
    }

    /// <summary>Exact integers have room for the noise of public-key encryption only where it was planned for.</summary>
    public static void CheckPlanned(CkksRing ring, VectorForm form)
    {
        if (form == VectorForm.Full && ring.Parameters.ExactIntegers is { Traffic: not CkksTraffic.PublicKey })
        {
            Throw.PublicKeyNoiseNotPlanned();
        }
    }

    public VectorBound FreshBound(double maxAbs) => FreshBound(Ring, maxAbs, _form);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    /// <summary>The seeds that stand for c1 of a new vector, drawn afresh; none where it is stored.</summary>
    protected abstract ImmutableArray<WeightedSeed> DrawSeeds();

    /// <summary>Encrypts some ciphertexts of a vector, on one thread.</summary>
    protected abstract ICiphertextWriter CreateWriter(CkksVector vector, CkksBlock block);

    private CkksVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VectorBound bound = FreshBound(maxAbs);
        ValueGuard.CheckNotEmpty(values);
        var block = new CkksBlock(Ring.Parameters, values.Length, CkksBlock.PolynomialsOf(_form), Ring.LimbCount);
        var vector = new CkksVector(Ring, KeyId, values.Length, bound, block, DrawSeeds(), DroppedBits.None);
        try
        {
            ParallelRanges.Run(
                values,
                vector.CiphertextCount,
                Ring.MaxDegreeOfParallelism,
                (span, first, end) => EncryptRange<T>(span, maxAbs, vector, block, first, end));
            return vector;
        }
        catch (HeValueException)
        {
            vector.Dispose();

            // Whichever thread found a value to refuse, the caller hears of the first one.
            ValueGuard.CheckValues(values, maxAbs);
            throw;
        }
        catch
        {
            vector.Dispose();
            throw;
        }
    }

    private void EncryptRange<T>(
        ReadOnlySpan<T> values, double maxAbs, CkksVector vector, CkksBlock block, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using ICiphertextWriter writer = CreateWriter(vector, block);
        using CkksWorkspace workspace = Ring.Workspaces.Rent();
        int perCiphertext = Ring.Parameters.ValuesPerCiphertext;
        Span<double> scratch = workspace.Values.Span.Slice(0, perCiphertext);
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            int start = ciphertext * perCiphertext;
            ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
            ValueGuard.CheckValues(batch, maxAbs);
            Ring.Packing.Encode(ValueKernel.Widen(batch, scratch), workspace.Coefficients);
            writer.Encrypt(ciphertext, workspace);
        }
    }

    /// <summary>Encrypts the coefficients of a workspace into one ciphertext after the other.</summary>
    protected interface ICiphertextWriter : IDisposable
    {
        void Encrypt(int ciphertext, CkksWorkspace workspace);
    }
}
