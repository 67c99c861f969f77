namespace FedHe.Learning.Kernels;

/// <summary>A matrix view lays a matrix over existing memory with any row and column stride, so that a transpose costs
/// nothing.</summary>
internal readonly record struct MatrixView(
    ReadOnlyMemory<float> Memory, int Rows, int Columns, int RowStride, int ColumnStride)
{
    /// <summary>Views a row-major matrix as itself or as its transpose.</summary>
    public static MatrixView Of(ReadOnlyMemory<float> memory, int rows, int columns, bool transposed = false) =>
        transposed
            ? new MatrixView(memory, columns, rows, 1, columns)
            : new MatrixView(memory, rows, columns, columns, 1);
}
