using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.KeyAdditive.Vectors;

/// <summary>A fresh bound is the bound of an upload, which has values in [-1, 1], because no sum of others was planned.</summary>
internal static class KeyAdditiveFreshBound
{
    public static VectorBound Of(KeyAdditiveParameters parameters, double maxAbs)
    {
        ValueGuard.CheckBound(maxAbs);
        VectorGuard.CheckEncodable(maxAbs <= 1);
        return parameters.FreshBound;
    }
}
