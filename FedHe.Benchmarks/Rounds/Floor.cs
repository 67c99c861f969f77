using System.Security.Cryptography;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// The cheapest that seeded encryption could be: expanding eight bytes of cipher output and drawing six random bytes for
/// every value, and nothing else.
/// </summary>
internal sealed class Floor : IDisposable
{
    private const int ValuesPerBatch = 4096;

    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _expansion = new byte[8 * ValuesPerBatch];
    private readonly byte[] _noise = new byte[6 * ValuesPerBatch];

    public void Run(int values)
    {
        for (int done = 0; done < values; done += ValuesPerBatch)
        {
            _aes.EncryptEcb(_expansion, _expansion, PaddingMode.None);
            RandomNumberGenerator.Fill(_noise);
        }
    }

    public void Dispose() => _aes.Dispose();
}
