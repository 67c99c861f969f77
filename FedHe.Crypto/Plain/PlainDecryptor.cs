using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;

namespace FedHe.Crypto.Plain;

/// <summary>A plain decryptor turns fixed-point integers into values.</summary>
internal sealed class PlainDecryptor(InsecurePlainParameters parameters, SecretKey key) : IDecryptor
{
    public KeyId KeyId => key.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        ObjectDisposedException.ThrowIf(key.IsDisposed, key);
        PlainVector own = VectorGuard.Check<PlainVector>(parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        ReadOnlySpan<long> values = own.Values;
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Math.ScaleB(values[i], -InsecurePlainParameters.LogScale);
        }
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(vector);
        ValueGuard.CheckPrecision(precisionBits);
        PublicationGrid grid = PublicationGrid.Demand(vector.Bound.MaxAbs, vector.Bound.ErrorBound, precisionBits);

        // Exact arithmetic has no noise to hide; rounding alone keeps the contract of the step.
        Decrypt(vector, destination);
        grid.Round(destination);
    }
}
