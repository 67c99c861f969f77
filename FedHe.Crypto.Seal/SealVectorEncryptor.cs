using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal;

/// <summary>
/// A SEAL vector encryptor checks and encodes values, and leaves the encryption of one ciphertext after the other to
/// each kind of key.
/// </summary>
internal abstract class SealVectorEncryptor(SealSetting setting, KeyId keyId, VectorForm form) : IEncryptor
{
    public HeParameters Parameters => setting.Parameters;

    public KeyId KeyId => keyId;

    public VectorForm Form => form;

    public static VectorBound FreshBound(SealSetting setting, double maxAbs, VectorForm form)
    {
        ValueGuard.CheckBound(maxAbs);
        VectorBound bound = form == VectorForm.Seeded
            ? setting.Errors.Seeded(maxAbs)
            : setting.Errors.PublicKey(maxAbs);

        // SEAL's encoder needs two spare bits of the modulus beside the largest coefficient.
        int logModulus = CkksParameters.LogModulusOf(setting.Parameters.Moduli);
        VectorGuard.CheckEncodable(maxAbs < Math.ScaleB(1, logModulus - 3 - setting.Parameters.LogScale));
        VectorGuard.CheckFits(setting.Parameters, bound);
        return bound;
    }

    public VectorBound FreshBound(double maxAbs) => FreshBound(setting, maxAbs, form);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    /// <summary>Begins an operation during which a secret key is not zeroed.</summary>
    protected abstract IDisposable? BeginUse();

    protected abstract void Encrypt(PlaintextHandle plaintext, CiphertextHandle destination, MemoryPoolHandle pool);

    private SealVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        VectorBound bound = FreshBound(maxAbs);
        ValueGuard.CheckNotEmpty(values);
        using IDisposable? use = BeginUse();
        SealFileLayout layout = setting.LayoutOf(form, setting.PrimeCount);
        int ciphertexts = setting.CiphertextsOf(values.Length);
        var block = new SealBlock(layout.Length, ciphertexts);
        try
        {
            ParallelRanges.Run(
                values,
                ciphertexts,
                setting.MaxDegreeOfParallelism,
                (span, first, end) => EncryptRange<T>(span, maxAbs, layout, block, first, end));
            return new SealVector(setting, keyId, values.Length, bound, form, setting.PrimeCount, block);
        }
        catch (HeValueException)
        {
            block.Dispose();

            // Several threads may have refused values: the exception names the first one.
            ValueGuard.CheckValues(values, maxAbs);
            throw;
        }
        catch
        {
            block.Dispose();
            throw;
        }
    }

    private void EncryptRange<T>(
        ReadOnlySpan<T> values, double maxAbs, SealFileLayout layout, SealBlock block, int first, int end)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using MemoryPoolHandle pool = SealEngine.CreateSecretPool();
        using PlaintextHandle plaintext = SealEngine.CreatePlaintext(pool);
        using CiphertextHandle ciphertext = SealEngine.CreateCiphertext();
        int perCiphertext = setting.Parameters.ValuesPerCiphertext;
        double[] scratch = SecretMemory.Allocate<double>(perCiphertext);
        try
        {
            for (int i = first; i < end; i++)
            {
                int start = i * perCiphertext;
                ReadOnlySpan<T> batch = values.Slice(start, Math.Min(perCiphertext, values.Length - start));
                ValueGuard.CheckValues(batch, maxAbs);
                setting.Engine.Encode(Widen(batch, scratch), setting.Parameters.Scale, plaintext, pool);
                Encrypt(plaintext, ciphertext, pool);
                SealEngine.Save(ciphertext, (saved, index) => layout.Rewrite(saved, block.File(index)), i);
            }
        }
        finally
        {
            SecretMemory.Zero<double>(scratch);
        }
    }

    /// <summary>Copies values as doubles and fills the rest with zeros.</summary>
    private static Span<double> Widen<T>(ReadOnlySpan<T> values, Span<double> destination)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = double.CreateTruncating(values[i]);
        }

        destination[values.Length..].Clear();
        return destination;
    }
}
