using FedHe.Crypto;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Segments;

/// <summary>The context guard refuses a public context whose parts do not belong together, as a faulty scheme may make one.</summary>
internal static class ContextGuard
{
    public static void Check(HePublicContext context)
    {
        if (context.Evaluator.Parameters.Id != context.Parameters.Id || context.Reader.Parameters.Id != context.Parameters.Id)
        {
            throw Throw.ContextOfSeveralParameters();
        }
    }
}
