namespace FedHe.Crypto;

/// <summary>Checks a key before a role is made of it, in the same words for every scheme.</summary>
internal static class KeyGuard
{
    /// <summary>Refuses a key of other parameters, and a secret key whose material is gone.</summary>
    public static TKey Check<TKey>(ParametersId parametersId, TKey key)
        where TKey : EncryptionKey
    {
        ArgumentNullException.ThrowIfNull(key);
        if (key.ParametersId != parametersId)
        {
            Throw.ParametersMismatch();
        }

        ObjectDisposedException.ThrowIf(key is SecretKey { IsDisposed: true }, key);
        return key;
    }
}
