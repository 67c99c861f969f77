using FedHe.Learning.Kernels;
using FedHe.Learning.Randomness;

namespace FedHe.Learning.Tests.Kernels;

public sealed class GemmTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(6, 16, 16)]
    [InlineData(5, 3, 15)]
    [InlineData(7, 257, 17)]
    [InlineData(121, 300, 33)]
    [InlineData(1, 513, 1030)]
    [InlineData(130, 1, 50)]
    public void Multiply_OddShapes_MatchesTheDefinition(int rows, int depth, int columns)
    {
        foreach ((bool transposeLeft, bool transposeRight) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var random = new SeededRandom(rows + depth + columns);
            MatrixView left = View(random, rows, depth, transposeLeft);
            MatrixView right = View(random, depth, columns, transposeRight);
            float[] start = Values(random, rows * columns);
            float[] result = start.ToArray();
            Gemm.Multiply(left, right, result, accumulate: true);
            AssertProduct(left, right, start, result);

            Gemm.Multiply(left, right, result);
            AssertProduct(left, right, new float[result.Length], result);
        }
    }

    [Theory]
    [InlineData(200, 300, 40)]
    [InlineData(33, 300, 500)]
    public void Multiply_AnyDegree_GivesTheSameBits(int rows, int depth, int columns)
    {
        var random = new SeededRandom(1);
        MatrixView left = View(random, rows, depth, transposed: false);
        MatrixView right = View(random, depth, columns, transposed: true);
        float[] expected = new float[rows * columns];
        Gemm.Multiply(left, right, expected);
        for (int degree = 2; degree <= 7; degree++)
        {
            float[] result = new float[rows * columns];
            Gemm.Multiply(left, right, result, degree: degree);
            result.AsSpan().SequenceEqual(expected).Should().BeTrue($"degree {degree} must not change the result");
        }
    }

    [Fact]
    public void Multiply_EmptyInnerDimension_GivesZeros()
    {
        float[] result = [1, 2];
        Gemm.Multiply(MatrixView.Of(Array.Empty<float>(), 1, 0), MatrixView.Of(Array.Empty<float>(), 0, 2), result);
        result.Should().Equal(0, 0);
    }

    private static void AssertProduct(MatrixView left, MatrixView right, float[] start, float[] result)
    {
        for (int row = 0; row < left.Rows; row++)
        {
            for (int column = 0; column < right.Columns; column++)
            {
                double expected = start[(row * right.Columns) + column];
                for (int step = 0; step < left.Columns; step++)
                {
                    expected += (double)left.Memory.Span[(row * left.RowStride) + (step * left.ColumnStride)]
                        * right.Memory.Span[(step * right.RowStride) + (column * right.ColumnStride)];
                }

                Math.Abs(result[(row * right.Columns) + column] - expected).Should().BeLessThan(1e-4);
            }
        }
    }

    private static MatrixView View(SeededRandom random, int rows, int columns, bool transposed) => transposed
        ? MatrixView.Of(Values(random, rows * columns), columns, rows, transposed: true)
        : MatrixView.Of(Values(random, rows * columns), rows, columns);

    private static float[] Values(SeededRandom random, int count)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = (float)random.NextUniform(-1, 1);
        }

        return values;
    }
}
