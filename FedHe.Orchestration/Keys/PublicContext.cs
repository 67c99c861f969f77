using FedHe.Crypto;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;
using FedHe.MLBridge.Updates;

namespace FedHe.Orchestration.Keys;

/// <summary>What a server is given of a scheme: it adds and reads vectors. No key can be reached from it.</summary>
/// <param name="Evaluator">Adds vectors.</param>
/// <param name="Reader">Parses vectors from untrusted bytes.</param>
/// <param name="FreshBounds">What fresh vectors must say of themselves.</param>
public sealed record PublicContext(IAdditiveEvaluator Evaluator, IVectorReader Reader, FreshBounds FreshBounds)
{
    /// <summary>The scheme's parameters.</summary>
    public HeParameters Parameters => Evaluator.Parameters;

    /// <summary>Takes the public part of a context.</summary>
    public static PublicContext Of(HeContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new PublicContext(context.Evaluator, context.Reader, FreshBounds.Of(context));
    }
}
