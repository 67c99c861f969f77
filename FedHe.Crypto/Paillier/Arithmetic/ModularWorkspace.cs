using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier.Arithmetic;

/// <summary>
/// A workspace holds the intermediate numbers of one thread's operation modulo a square. It is zeroed when the
/// operation ends.
/// </summary>
internal sealed class ModularWorkspace : IDisposable
{
    private readonly ConcurrentPool<ModularWorkspace> _pool;
    private readonly int _groupWordsLength;
    private AlignedArray<ulong>? _groupWords;

    private ModularWorkspace(ConcurrentPool<ModularWorkspace> pool, SquareModulus modulus, bool raisesToSecrets)
    {
        _pool = pool;
        int wordsLength = 2 * modulus.Modulus.Length;
        _groupWordsLength = wordsLength * modulus.Lanes;
        Scratch = new MontgomeryScratch(modulus);
        First = new AlignedArray<ulong>(modulus.GroupLength);
        Second = new AlignedArray<ulong>(modulus.GroupLength);
        Words = new AlignedArray<ulong>(wordsLength);
        Table = new AlignedArray<ulong>(raisesToSecrets ? ModularPower.TableGroups * modulus.GroupLength : 0);
    }

    public MontgomeryScratch Scratch { get; }

    /// <summary>The first group of numbers modulo the square.</summary>
    public AlignedArray<ulong> First { get; }

    /// <summary>The second group of numbers modulo the square.</summary>
    public AlignedArray<ulong> Second { get; }

    /// <summary>The 64-bit words of one number modulo the square.</summary>
    public AlignedArray<ulong> Words { get; }

    /// <summary>The 64-bit words of all numbers of a group; allocated by the first operation that needs them.</summary>
    public AlignedArray<ulong> GroupWords => _groupWords ??= new AlignedArray<ulong>(_groupWordsLength);

    /// <summary>The table of powers to a secret exponent; empty where no exponent is secret.</summary>
    public AlignedArray<ulong> Table { get; }

    /// <summary>Creates the pool of the workspaces of one modulus.</summary>
    /// <param name="modulus">The square that all operations are modulo.</param>
    /// <param name="raisesToSecrets">Whether the workspaces have room for <see cref="Table"/>.</param>
    public static ConcurrentPool<ModularWorkspace> CreatePool(SquareModulus modulus, bool raisesToSecrets)
        => new(pool => new ModularWorkspace(pool, modulus, raisesToSecrets));

    /// <summary>Zeroes everything and returns the workspace to its pool.</summary>
    public void Dispose()
    {
        Scratch.Zero();
        SecretMemory.Zero<ulong>(First);
        SecretMemory.Zero<ulong>(Second);
        SecretMemory.Zero<ulong>(Words);
        if (_groupWords is not null)
        {
            SecretMemory.Zero<ulong>(_groupWords);
        }

        SecretMemory.Zero<ulong>(Table);
        _pool.Return(this);
    }
}
