using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;

namespace FedHe.TestKit.Toy;

/// <summary>A toy decryptor subtracts the masks as often as they were added.</summary>
internal sealed class ToyDecryptor(ToyParameters parameters, ToySecretKey key) : IDecryptor
{
    public KeyId KeyId => key.KeyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        ToyVector own = VectorGuard.Check<ToyVector>(parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        using SecretKeyUse use = key.Use();
        long[] values = own.Values.ToArray();
        ToyMask.Add(KeyId, unchecked(-own.Factor), values);
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = Math.ScaleB(values[i], -ToyParameters.LogScale);
        }
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ValueGuard.CheckPrecision(precisionBits);
        ToyVector own = VectorGuard.Check<ToyVector>(parameters, vector, KeyId);
        ValueGuard.CheckDestination(vector, destination);
        PublicationGrid grid = PublicationGrid.Demand(own.Bound.MaxAbs, own.Bound.ErrorBound, precisionBits);
        Decrypt(own, destination);
        grid.Round(destination);
    }
}
