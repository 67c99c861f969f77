using System.Security.Cryptography;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// The floor does what no seeded encryption can do without: it draws eight bytes of cipher output and 42 random bits for
/// every value, and does nothing else.
/// </summary>
internal sealed class Floor : IDisposable
{
    private const int ValuesPerBatch = 4096;

    private readonly Aes _aes = Aes.Create();
    private readonly ICryptoTransform _cipher;
    private readonly byte[] _expansion = new byte[8 * ValuesPerBatch];
    private readonly byte[] _noise = new byte[42 * ValuesPerBatch / 8];

    public Floor()
    {
        _aes.Mode = CipherMode.ECB;
        _aes.Padding = PaddingMode.None;
        _cipher = _aes.CreateEncryptor();
    }

    public void Run(int values)
    {
        for (int done = 0; done < values; done += ValuesPerBatch)
        {
            _cipher.TransformBlock(_expansion, 0, _expansion.Length, _expansion, 0);
            RandomNumberGenerator.Fill(_noise);
        }
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _aes.Dispose();
    }
}
