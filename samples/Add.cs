// Adds two encrypted vectors without the key that decrypts them.
//     dotnet run samples/Add.cs
#:project ../FedHe.Crypto

using System.Buffers;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;

using HeContext he = new CkksScheme().CreateContext();

// Whoever holds the secret key encrypts and decrypts. Whoever adds needs the public part of the context alone.
using KeyPair keys = he.GenerateKeyPair();
IEncryptor encryptor = he.CreateEncryptor(keys.SecretKey);
byte[] left = Encrypt([1.5, -2, 0.25]);
byte[] right = Encrypt([0.5, 4, 1]);

byte[] sum = Add(he.Public, left, right);

using EncryptedVector received = he.Public.Reader.Read(sum, WireLimits.Default);
double[] values = new double[received.Length];
he.CreateDecryptor(keys.SecretKey).Decrypt(received, values);
double error = values.Zip([2.0, 2.0, 1.25], (value, exact) => Math.Abs(value - exact)).Max();
Console.WriteLine($"{string.Join(", ", values.Select(value => value.ToString("F5")))} with an error of {error:E1}");
Console.WriteLine($"{left.Length} bytes a vector; at most {received.Bound.ErrorBound:E1} was promised");
return error <= received.Bound.ErrorBound ? 0 : 1;

byte[] Encrypt(double[] numbers)
{
    // The bound on magnitudes is public: it travels with the vector, and a sum that might not fit is refused.
    using EncryptedVector vector = encryptor.Encrypt(numbers, maxAbs: 4);
    return BytesOf(vector);
}

static byte[] Add(HePublicContext context, byte[] left, byte[] right)
{
    using EncryptedVector first = context.Reader.Read(left, WireLimits.Default);
    using EncryptedVector second = context.Reader.Read(right, WireLimits.Default);
    using EncryptedVector sum = context.Evaluator.Add(first, second);
    return BytesOf(sum);
}

static byte[] BytesOf(EncryptedVector vector)
{
    var buffer = new ArrayBufferWriter<byte>(vector.EncodedLength);
    vector.WriteTo(buffer);
    return buffer.WrittenSpan.ToArray();
}
