using FedHe.MLBridge.Integers;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Federation.Planning;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>Correlated terms are the update terms of a plan of correlated noise, with the finest coefficients whose integers hold sums and noise.</summary>
internal static class CorrelatedTerms
{
    private const int FinestBits = 10;
    private const int CoarsestBits = 6;

    /// <summary>Finds the terms.</summary>
    /// <param name="requirements">The requirements.</param>
    /// <param name="find">Finds the noise whose denominator has the given number of bits.</param>
    /// <param name="bound">The bound of the integers that some noise needs.</param>
    /// <param name="step">The value of a unit of the integers with a denominator.</param>
    /// <param name="terms">The privacy terms with a variance, without correlation.</param>
    public static CorrelatedPrivacyPlan Find(
        CorrelationRequirements requirements, Func<int, CorrelatedNoise> find, Func<CorrelatedNoise, double> bound, Func<long, double> step, Func<double, PrivacyTerms> terms)
    {
        for (int bits = requirements.DenominatorBits ?? FinestBits; bits >= (requirements.DenominatorBits ?? CoarsestBits); bits--)
        {
            CorrelatedNoise noise = find(bits);
            double needed = bound(noise);
            if (needed <= IntegerUpdates.LargestBound)
            {
                var integers = new IntegerTerms(step(noise.Terms.Denominator), (long)needed);
                var update = new UpdateTerms(UpdateKind.Difference, integers, terms(noise.Variance).WithCorrelation(noise.Terms));
                return noise.Judge(update, requirements);
            }
        }

        throw new PrivacyRefusedException(PrivacyRefusal.RangeTooSmall);
    }
}
