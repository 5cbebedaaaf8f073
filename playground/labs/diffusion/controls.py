"""The controls of diffusion in the plane: its training, step by step."""

FLOW = """
  <div class="toy-buttons">
    <button data-only="" title="Trains one step">One step</button>
  </div>
  <div class="inspect-controls">
    <div class="control" title="Number of training points; few are memorized. Begins again"><label>
      <span>Training points</span><select data-knob="points" data-fresh><option>16</option><option>128</option>
      <option>1024</option><option>8192</option></select></label></div>
    <div class="control" title="Learning rate"><label><span>Learning rate</span><select data-knob="learning_rate">
      <option>0.0005</option><option>0.005</option><option>0.02</option></select></label></div>
    <div class="control" title="Begins again, initialized differently"><label><span>Seed</span>
      <input data-knob="seed" data-fresh type="number" min="0" max="9999"></label></div>
  </div>
  <div class="toy-buttons">
    <button class="flow-sample primary">▶ Sample</button>
    <span class="toy-legend"><span class="toy-real">data</span><span class="toy-made">samples</span></span>
  </div>
"""
"""Controls of the view, beside those of its options."""
