namespace FedHe.Crypto.Kernels.MultiPrecision;

/// <summary>What a Montgomery reduction reduces, column by column.</summary>
internal interface IColumnSum<TColumn>
    where TColumn : struct, ILimbColumn<TColumn>
{
    /// <summary>Adds everything that belongs to a column, from 0 to twice the number of limbs.</summary>
    TColumn AddTo(TColumn column, int c);
}
