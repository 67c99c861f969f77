using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.KeyAdditive.Vectors;

/// <summary>This class gives the bound of an upload, and refuses values beyond 1, for which no sum was planned.</summary>
internal static class KeyAdditiveFreshBound
{
    public static VectorBound Of(KeyAdditiveParameters parameters, double maxAbs)
    {
        ValueGuard.CheckBound(maxAbs);
        VectorGuard.CheckEncodable(maxAbs <= 1);
        return parameters.FreshBound;
    }
}
