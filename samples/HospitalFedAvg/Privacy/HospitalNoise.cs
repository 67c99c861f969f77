using FedHe.Learning.Noise;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Federation;

namespace HospitalFedAvg.Privacy;

/// <summary>Hospital noise is the noise of a job's terms for local training, as the training engine asks for it.</summary>
internal sealed class HospitalNoise(PrivacyTerms terms) : IGradientNoise
{
    private readonly LocalNoise _noise = LocalNoise.Of(terms);

    public double NoiseMultiplier => _noise.NoiseMultiplier;

    public void AddTo(Span<long> sum, long clipUnits) => _noise.AddTo(sum, clipUnits, Environment.ProcessorCount);
}
