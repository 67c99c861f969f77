namespace FedHe.Crypto.Plain;

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
        int possibleBits = PossibleBits(vector.Bound, precisionBits);
        if (possibleBits < precisionBits)
        {
            Throw.PublicationExceedsCapacity(possibleBits);
        }

        // Exact arithmetic has no noise to hide; rounding alone keeps the contract of the step.
        Decrypt(vector, destination);
        PublicationGrid.For(vector.Bound.MaxAbs, precisionBits).Round(destination);
    }

    /// <summary>The precision asked for, or the largest below it whose half step still covers the error.</summary>
    private static int PossibleBits(VectorBound bound, int precisionBits)
    {
        while (precisionBits > 0 && PublicationGrid.For(bound.MaxAbs, precisionBits).Step < 2 * bound.ErrorBound)
        {
            precisionBits--;
        }

        return precisionBits;
    }
}
