using System.Runtime.InteropServices;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>The Montgomery product of OpenSSL, where the machine has the library, is a baseline that FedHe itself never
/// uses.</summary>
internal sealed unsafe class OpenSslProduct
{
    private const int AnyTop = -1;
    private const int Odd = 1;

    private readonly nint _left;
    private readonly nint _right;
    private readonly nint _result;
    private readonly nint _montgomery;
    private readonly nint _context;
    private readonly delegate* unmanaged<nint, nint, nint, nint, nint, int> _multiply;

    private OpenSslProduct(nint library, int bits)
    {
        var create = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "BN_new");
        var randomize = (delegate* unmanaged<nint, int, int, int, int>)NativeLibrary.GetExport(library, "BN_rand");
        _context = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "BN_CTX_new"))();
        _montgomery = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "BN_MONT_CTX_new"))();
        _multiply = (delegate* unmanaged<nint, nint, nint, nint, nint, int>)NativeLibrary.GetExport(
            library, "BN_mod_mul_montgomery");
        (_left, _right, _result) = (create(), create(), create());
        nint modulus = create();
        _ = randomize(modulus, bits, AnyTop + 1, Odd);
        _ = randomize(_left, bits - 1, AnyTop, 0);
        _ = randomize(_right, bits - 1, AnyTop, 0);
        _ = ((delegate* unmanaged<nint, nint, nint, int>)NativeLibrary.GetExport(library, "BN_MONT_CTX_set"))(
            _montgomery, modulus, _context);
    }

    /// <summary>Creates the product, or returns null where there is no OpenSSL 3.</summary>
    public static OpenSslProduct? TryCreate(int bits)
        => NativeLibrary.TryLoad("libcrypto.so.3", out nint library) ? new OpenSslProduct(library, bits) : null;

    public void Multiply()
    {
        for (int i = 0; i < ModularWorkload.Numbers; i++)
        {
            _ = _multiply(_result, _left, _right, _montgomery, _context);
        }
    }
}
