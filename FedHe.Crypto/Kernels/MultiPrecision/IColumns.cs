namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>Columns define an integer by the columns of its long addition or multiplication.</summary>
/// <remarks>
/// <para>
/// Column c of a product has all a[i]*b[c-i]. A column is worth the radix to the power c and may exceed a limb; what it has
/// beyond one is the carry into the next. The implementations are expression templates: the just-in-time compiler turns a
/// tree of them into one loop, so that no intermediate integer is ever in memory.
/// </para>
/// Sources: Comba, "Exponentiation cryptosystems on the IBM PC", IBM Systems Journal 29(4), 1990 (columns); Veldhuizen,
/// "Expression templates", C++ Report 7(5), 1995.
/// </remarks>
internal interface IColumns<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    /// <summary>Adds the terms of one column to a sum.</summary>
    /// <param name="column">The carry into the column, and terms of it that were added before.</param>
    /// <param name="c">Position of the column, in [0, 2*limbs).</param>
    /// <returns>The column with the terms.</returns>
    TColumn AddTo(TColumn column, int c);
}
