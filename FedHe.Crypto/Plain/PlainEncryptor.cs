using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Plain;

/// <summary>A plain encryptor turns values into fixed-point integers in clear.</summary>
internal sealed class PlainEncryptor(InsecurePlainParameters parameters, EncryptionKey key) : IEncryptor
{
    public HeParameters Parameters => parameters;

    public KeyId KeyId => key.KeyId;

    public VectorForm Form => VectorForm.Full;

    /// <summary>Computes the bound of a fresh vector.</summary>
    public static VectorBound FreshBound(InsecurePlainParameters parameters, double maxAbs)
    {
        ValueGuard.CheckBound(maxAbs);

        // Half a unit of the fixed-point scale, and half a unit in the last place of the double that decryption returns.
        double rounding = Math.ScaleB(0.5, -InsecurePlainParameters.LogScale) + Math.ScaleB(maxAbs, -53);
        VectorBound bound = new VectorBound(maxAbs, rounding, NoiseMax: 0, NoiseVariance: 0).RoundUp();
        VectorGuard.CheckFits(parameters, bound);
        return bound;
    }

    public VectorBound FreshBound(double maxAbs) => FreshBound(parameters, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<float> values, double maxAbs) => EncryptCore(values, maxAbs);

    public EncryptedVector Encrypt(ReadOnlySpan<double> values, double maxAbs) => EncryptCore(values, maxAbs);

    private PlainVector EncryptCore<T>(ReadOnlySpan<T> values, double maxAbs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ObjectDisposedException.ThrowIf(key is SecretKey { IsDisposed: true }, key);
        ValueGuard.CheckValues(values, maxAbs);
        VectorBound bound = FreshBound(maxAbs);
        var encoded = new long[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            encoded[i] = (long)Math.Round(Math.ScaleB(double.CreateChecked(values[i]), InsecurePlainParameters.LogScale));
        }

        return new PlainVector(parameters, KeyId, bound, encoded);
    }
}
