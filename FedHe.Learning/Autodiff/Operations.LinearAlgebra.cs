using FedHe.Learning.Kernels;
using FedHe.Learning.Tensors;

namespace FedHe.Learning.Autodiff;

public static partial class Operations
{
    /// <summary>Multiplies two matrices, either of which may be read as its transpose.</summary>
    /// <param name="left">[m, k], or [k, m] when transposed.</param>
    /// <param name="right">[k, n], or [n, k] when transposed.</param>
    /// <param name="transposeLeft">Read the left matrix as its transpose.</param>
    /// <param name="transposeRight">Read the right matrix as its transpose.</param>
    /// <param name="degree">The largest number of threads, also in the backward pass; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">An operand is not a matrix, or the inner sizes differ.</exception>
    public static Variable MatMul(
        Variable left, Variable right, bool transposeLeft = false, bool transposeRight = false, int degree = 1)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Shape.Rank != 2 || right.Shape.Rank != 2)
        {
            throw new ArgumentException(
                $"Matrices have two dimensions; the operands have the shapes {left.Shape} and {right.Shape}.");
        }

        var a = MatrixView.Of(left.Value.Memory, left.Shape[0], left.Shape[1], transposeLeft);
        var b = MatrixView.Of(right.Value.Memory, right.Shape[0], right.Shape[1], transposeRight);
        if (a.Columns != b.Rows)
        {
            throw new ArgumentException(
                $"A {a.Rows} x {a.Columns} matrix cannot be multiplied by a {b.Rows} x {b.Columns} matrix.");
        }

        var result = Tensor.Uninitialized([a.Rows, b.Columns]);
        Gemm.Multiply(a, b, result.Memory, accumulate: false, degree);
        return Variable.Record(
            result,
            [left, right],
            (upstream, step) => transposeLeft
                ? MatMul(step.Inputs[1], upstream, transposeRight, true, degree)
                : MatMul(upstream, step.Inputs[1], false, !transposeRight, degree),
            (upstream, step) => transposeRight
                ? MatMul(upstream, step.Inputs[0], true, transposeLeft, degree)
                : MatMul(step.Inputs[0], upstream, !transposeLeft, false, degree));
    }
}
