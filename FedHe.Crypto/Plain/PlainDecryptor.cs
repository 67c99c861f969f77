namespace FedHe.Crypto.Plain;

internal sealed class PlainDecryptor(InsecurePlainParameters parameters, KeyId keyId) : IDecryptor
{
    public KeyId KeyId => keyId;

    public void Decrypt(EncryptedVector vector, Span<double> destination)
    {
        PlainVector own = VectorGuard.Check<PlainVector>(parameters, vector, keyId);
        ValueGuard.CheckDestination(vector, destination);
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = Math.ScaleB(own.Values[i], -InsecurePlainParameters.LogScale);
        }
    }

    public void DecryptPublic(EncryptedVector vector, int precisionBits, Span<double> destination)
    {
        ValueGuard.CheckPrecision(precisionBits);
        Decrypt(vector, destination);

        // Exact arithmetic has no noise to hide; rounding alone keeps the contract of the step.
        var grid = PublicationGrid.For(vector.Bound.MaxAbs, precisionBits);
        grid.Round(destination);
    }
}
