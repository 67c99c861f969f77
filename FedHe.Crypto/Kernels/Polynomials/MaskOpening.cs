namespace FedHe.Crypto.Kernels.Polynomials;

/// <summary>A mask opening has the public numbers by which codes and masks become values.</summary>
/// <param name="Factor">The factor of a code, in [0, p).</param>
/// <param name="Offset">The number added to a product and a mask modulo p, in [0, p).</param>
/// <param name="Addend">The number added to the centered sum.</param>
/// <param name="InverseScale">The factor of the result.</param>
internal readonly record struct MaskOpening(uint Factor, uint Offset, double Addend, double InverseScale);
