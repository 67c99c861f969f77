namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>A limb column is the sum of one column of a long multiplication, for each independent number of a group.</summary>
/// <remarks>
/// Numbers are little-endian limbs of <see cref="LogRadix"/> bits, and a group has one for each lane of a register: limb i
/// of all numbers lies at i*<see cref="Lanes"/> words. The just-in-time compiler specializes the algorithms of
/// <see cref="Montgomery{TColumn}"/> for each column. No branch and no index depends on a value.
/// </remarks>
/// <typeparam name="TSelf">The column type itself.</typeparam>
internal interface ILimbColumn<TSelf>
    where TSelf : struct, ILimbColumn<TSelf>
{
    /// <summary>The number of bits of a limb, which makes the radix 2^LogRadix.</summary>
    static abstract int LogRadix { get; }

    /// <summary>The size of a group, in numbers.</summary>
    static abstract int Lanes { get; }

    /// <summary>The largest number of products in one sum, beside a few limbs and the carry.</summary>
    static abstract int MaxProducts { get; }

    /// <summary>Converts a limb in [0, radix) to its stored word.</summary>
    static abstract ulong Encode(ulong limb);

    /// <summary>Converts a stored word to its limb.</summary>
    static abstract ulong Decode(ulong stored);

    /// <summary>Announces the number of products that will be added before the next <see cref="Shift"/>.</summary>
    void Expect(int products);

    /// <summary>Adds the product of two limbs to the sum.</summary>
    void AddProduct(ref readonly ulong left, ref readonly ulong right);

    /// <summary>Adds twice another column, which was never shifted, to the sum.</summary>
    void AddTwice(TSelf column);

    /// <summary>Adds a limb to the sum.</summary>
    void AddLimb(ref readonly ulong limb);

    /// <summary>Adds radix - 1 - limb to the sum.</summary>
    void AddComplement(ref readonly ulong limb);

    /// <summary>Stores the lowest limb of the sum.</summary>
    void StoreLimb(ref ulong destination);

    /// <summary>Stores the lowest limb of the sum times a factor.</summary>
    void StoreQuotient(ref readonly ulong factor, ref ulong destination);

    /// <summary>Drops the lowest limb, so that the sum becomes the carry into the next column.</summary>
    void Shift();
}
