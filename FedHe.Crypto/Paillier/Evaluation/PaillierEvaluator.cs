using FedHe.Crypto.Authoring;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Paillier.Vectors;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto.Paillier.Evaluation;

/// <summary>A Paillier evaluator adds vectors by multiplying ciphertexts modulo n^2.</summary>
internal sealed class PaillierEvaluator(PaillierParameters parameters, CiphertextBatches batches) : EvaluatorBase
{
    public override HeParameters Parameters => parameters;

    public override IAccumulator CreateAccumulator(int length) => new PaillierAccumulator(parameters, batches, length);
}
