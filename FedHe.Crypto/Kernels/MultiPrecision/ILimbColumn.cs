namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>The sum of one column of a long multiplication, for each of the independent numbers of a group.</summary>
/// <remarks>
/// Numbers are little-endian limbs of <see cref="LogRadix"/> bits, and a group has one for each lane of a register: limb i
/// of all numbers lies at i*<see cref="Lanes"/> words. The just-in-time compiler specializes the algorithms of
/// <see cref="Montgomery{TColumn}"/> for each column. No branch and no index depends on a value.
/// </remarks>
/// <typeparam name="TSelf">The column type itself.</typeparam>
internal interface ILimbColumn<TSelf>
    where TSelf : struct, ILimbColumn<TSelf>
{
    /// <summary>The number of bits of a limb; the radix is 2^LogRadix.</summary>
    static abstract int LogRadix { get; }

    /// <summary>The number of numbers in a group.</summary>
    static abstract int Lanes { get; }

    /// <summary>The largest number of products in one sum, beside a few limbs and the carry.</summary>
    static abstract int MaxProducts { get; }

    /// <summary>Converts a limb, in [0, radix), to the word that is stored.</summary>
    static abstract ulong Encode(ulong limb);

    /// <summary>Converts a stored word to the limb.</summary>
    static abstract ulong Decode(ulong stored);

    /// <summary>Announces how many products will be added before the next <see cref="Shift"/>.</summary>
    void Expect(int products);

    /// <summary>Adds the product of two limbs.</summary>
    void AddProduct(ref readonly ulong left, ref readonly ulong right);

    /// <summary>Adds twice a column that was never shifted.</summary>
    void AddTwice(TSelf column);

    /// <summary>Adds a limb.</summary>
    void AddLimb(ref readonly ulong limb);

    /// <summary>Adds radix - 1 - limb.</summary>
    void AddComplement(ref readonly ulong limb);

    /// <summary>Stores the lowest limb of the sum.</summary>
    void StoreLimb(ref ulong destination);

    /// <summary>Stores the lowest limb of the sum times a factor.</summary>
    void StoreQuotient(ref readonly ulong factor, ref ulong destination);

    /// <summary>Drops the lowest limb: the sum becomes the carry into the next column.</summary>
    void Shift();
}
