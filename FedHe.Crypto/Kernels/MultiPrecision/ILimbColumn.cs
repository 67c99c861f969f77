namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>
/// The sum of one column of a long multiplication, for as many independent numbers as a register holds. Numbers are
/// little-endian limbs of <see cref="LogRadix"/> bits; limb i of all numbers of a group lies at i*<see cref="Lanes"/>
/// words. The just-in-time compiler specialises the algorithms of <see cref="Montgomery{TColumn}"/> for each column.
/// No branch and no index depends on a value.
/// </summary>
/// <typeparam name="TSelf">The column type itself.</typeparam>
internal interface ILimbColumn<TSelf>
    where TSelf : struct, ILimbColumn<TSelf>
{
    /// <summary>Bits of a limb.</summary>
    static abstract int LogRadix { get; }

    /// <summary>Numbers of a group.</summary>
    static abstract int Lanes { get; }

    /// <summary>How many products a column can sum, beside a few limbs and what the column before carries.</summary>
    static abstract int MostProducts { get; }

    /// <summary>How a limb is stored.</summary>
    static abstract ulong Encode(ulong limb);

    /// <summary>The limb that is stored.</summary>
    static abstract ulong Decode(ulong stored);

    /// <summary>Announces how many products will be added before the next <see cref="Shift"/>.</summary>
    void Expect(int products);

    /// <summary>Adds the product of two limbs.</summary>
    void AddProduct(ref readonly ulong left, ref readonly ulong right);

    /// <summary>Adds twice the sum of a column that was never shifted.</summary>
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
