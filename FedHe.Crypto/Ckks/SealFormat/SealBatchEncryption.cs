namespace FedHe.Crypto.Ckks.SealFormat;

/// <summary>Has SEAL encode and encrypt the values of one ciphertext, at the scale of the parameters.</summary>
/// <param name="values">Up to as many values as a ciphertext holds. They are secret, and gone when the call returns.</param>
/// <returns>The bytes of SEAL's file.</returns>
public delegate ReadOnlyMemory<byte> SealBatchEncryption(ReadOnlySpan<double> values);
